"""Problems for editors and for continuous integration: SARIF, JSON, annotations of GitHub."""
