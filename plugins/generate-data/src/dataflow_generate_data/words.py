"""What a field of text is about, by its name: ``email``, ``first_name``, ``city``; the words come from mimesis."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from random import Random

import attrs
from mimesis import Address, Code, Finance, Food, Hardware, Internet, Locale, Person, Text
from mimesis.random import Random as MimesisRandom

LOCALES: Mapping[str, Locale] = {one.value: one for one in Locale}
#: addresses that reach nobody
DOMAINS = ("example.com", "example.org", "example.net")
#: models whose `name` is a person's
PEOPLE = frozenset(
    ("user", "person", "customer", "employee", "author", "member", "contact", "student", "teacher", "patient", "client",
     "account", "owner", "player", "guest", "driver", "manager", "subscriber", "profile", "recipient", "sender", "buyer")
)  # fmt: skip
COMPANIES = frozenset(
    ("company", "organization", "organisation", "supplier", "vendor", "brand", "tenant", "shop", "store")
)
PRODUCTS = frozenset(("product", "item", "article", "goods", "device", "part"))


@attrs.define(eq=False)
class Words:
    """The vocabulary of one locale; every word is drawn by one random."""

    locale: Locale
    random: MimesisRandom = attrs.field(factory=MimesisRandom)

    @classmethod
    def of(cls, locale: str, random: Random) -> Words:
        """The words of a locale, seeded by another random."""
        own = MimesisRandom()
        own.seed(random.getrandbits(64))
        return cls(LOCALES[locale], own)

    @cached_property
    def person(self) -> Person:
        return Person(self.locale, random=self.random)

    @cached_property
    def latin(self) -> Person:
        return self.person if self.locale.value.partition("-")[0] == "en" else Person(Locale.EN, random=self.random)

    @cached_property
    def address(self) -> Address:
        return Address(self.locale, random=self.random)

    @cached_property
    def finance(self) -> Finance:
        return Finance(self.locale, random=self.random)

    @cached_property
    def text(self) -> Text:
        return Text(self.locale, random=self.random)

    @cached_property
    def food(self) -> Food:
        return Food(self.locale, random=self.random)

    @cached_property
    def internet(self) -> Internet:
        return Internet(random=self.random)

    @cached_property
    def hardware(self) -> Hardware:
        return Hardware(random=self.random)

    @cached_property
    def code(self) -> Code:
        return Code(random=self.random)

    def email(self) -> str:
        """An address at a domain that is nobody's."""
        return f"{self.username()}@{self.random.choice(DOMAINS)}"

    def username(self) -> str:
        # mailboxes and logins are of plain letters, whatever the locale's names are
        parts = (self.latin.first_name(), self.latin.last_name())
        return re.sub(r"[^a-z.]", "", ".".join(parts).lower()).strip(".") or "someone"

    def slug(self) -> str:
        words = [self.text.word() for _ in range(3)]
        return re.sub(r"[^a-z0-9]+", "-", "-".join(words).lower()).strip("-") or "page"

    def phone(self) -> str:
        # the numbers from 555-0100 on are kept for fiction
        return f"+1-{self.random.randint(200, 989)}-555-{self.random.randint(100, 199):04d}"

    def product(self) -> str:
        return f"{self.text.color()} {self.food.fruit()}".capitalize()

    def title(self) -> str:
        return " ".join(self.text.word() for _ in range(3)).capitalize()

    def sentences(self) -> str:
        return self.text.text(quantity=2)


@attrs.frozen
class Topic:
    """What a text is about. A number that makes it unlike the others stands behind ``separator``, before ``tail_from``."""

    draw: Callable[[Words], str]
    separator: str = " "
    tail_from: str = ""


_PERSON = Topic(lambda words: words.person.full_name())
_TITLE = Topic(Words.title)
_PROSE = Topic(Words.sentences)
_URL = Topic(lambda words: f"https://{words.random.choice(DOMAINS)}/{words.slug()}", "/")
_CODE = Topic(lambda words: words.random.generate_string_by_mask("@@@-####"), "-")
_SECRET = Topic(lambda words: f"{words.random.getrandbits(96):024x}", "-")
TOPICS: Mapping[str, Topic] = {
    "email": Topic(Words.email, "", "@"), "mail": Topic(Words.email, "", "@"),
    "username": Topic(Words.username, ""), "login": Topic(Words.username, ""), "handle": Topic(Words.username, ""),
    "nickname": Topic(Words.username, ""),
    "first_name": Topic(lambda words: words.person.first_name()), "given_name": Topic(lambda words: words.person.first_name()),
    "last_name": Topic(lambda words: words.person.last_name()), "surname": Topic(lambda words: words.person.last_name()),
    "family_name": Topic(lambda words: words.person.last_name()), "full_name": _PERSON, "display_name": _PERSON, "author": _PERSON,
    "phone": Topic(Words.phone, "-"), "phone_number": Topic(Words.phone, "-"), "telephone": Topic(Words.phone, "-"),
    "mobile": Topic(Words.phone, "-"), "fax": Topic(Words.phone, "-"),
    "city": Topic(lambda words: words.address.city()), "town": Topic(lambda words: words.address.city()),
    "country": Topic(lambda words: words.address.country()), "nationality": Topic(lambda words: words.person.nationality()),
    "country_code": Topic(lambda words: words.address.country_code(), ""), "state": Topic(lambda words: words.address.state()),
    "region": Topic(lambda words: words.address.state()), "province": Topic(lambda words: words.address.state()),
    "street": Topic(lambda words: words.address.street_name()), "address": Topic(lambda words: words.address.address()),
    "postal_code": Topic(lambda words: words.address.postal_code(), "-"), "postcode": Topic(lambda words: words.address.postal_code(), "-"),
    "zip": Topic(lambda words: words.address.zip_code(), "-"), "zip_code": Topic(lambda words: words.address.zip_code(), "-"),
    "company": Topic(lambda words: words.finance.company()), "employer": Topic(lambda words: words.finance.company()),
    "organization": Topic(lambda words: words.finance.company()), "brand": Topic(lambda words: words.finance.company()),
    "bank": Topic(lambda words: words.finance.bank()),
    "job": Topic(lambda words: words.person.occupation()), "occupation": Topic(lambda words: words.person.occupation()),
    "profession": Topic(lambda words: words.person.occupation()), "university": Topic(lambda words: words.person.university()),
    "gender": Topic(lambda words: words.person.gender()), "language": Topic(lambda words: words.person.language()),
    "locale": Topic(lambda words: words.code.locale_code(), "-"), "currency": Topic(lambda words: words.finance.currency_iso_code(), ""),
    "currency_code": Topic(lambda words: words.finance.currency_iso_code(), ""),
    "color": Topic(lambda words: words.text.color()), "colour": Topic(lambda words: words.text.color()),
    "title": _TITLE, "subject": _TITLE, "headline": _TITLE, "label": _TITLE, "heading": _TITLE,
    "description": _PROSE, "text": _PROSE, "body": _PROSE, "content": _PROSE, "bio": _PROSE, "comment": _PROSE, "note": _PROSE,
    "notes": _PROSE, "summary": _PROSE, "message": _PROSE, "review": _PROSE, "abstract": _PROSE,
    "url": _URL, "website": _URL, "homepage": _URL, "link": _URL, "slug": Topic(Words.slug, "-"),
    "hostname": Topic(lambda words: words.slug() + ".example.com", "-", "."), "domain": Topic(lambda words: words.slug() + ".example.com", "-", "."),
    "ip": Topic(lambda words: words.internet.ip_v4(), "/"), "ip_address": Topic(lambda words: words.internet.ip_v4(), "/"),
    "user_agent": Topic(lambda words: words.internet.user_agent()), "mime_type": Topic(lambda words: words.internet.content_type(), "-"),
    "sku": _CODE, "code": _CODE, "reference": _CODE, "number": _CODE, "serial": _CODE, "isbn": Topic(lambda words: words.code.isbn(), "-"),
    "ean": Topic(lambda words: words.code.ean(), ""), "token": _SECRET, "password": _SECRET, "secret": _SECRET, "hash": _SECRET,
    "key": _SECRET, "password_hash": _SECRET, "api_key": _SECRET, "product": Topic(Words.product),
    "manufacturer": Topic(lambda words: words.hardware.manufacturer()),
}  # fmt: skip
#: of what the name says nothing
WORDS = Topic(lambda words: " ".join(words.text.word() for _ in range(2)))


def topic_of(model: str, name: str) -> Topic:
    """What a field's text is about: by its whole name, its last words, or what the model is when it is a ``name``."""
    parts = _snake(name).split("_")
    for first in range(len(parts)):
        found = TOPICS.get("_".join(parts[first:]))
        if found is not None:
            return found
    return _named(_snake(model).split("_")[-1]) if parts[-1] == "name" else WORDS


def _named(what: str) -> Topic:
    if what in PEOPLE:
        return _PERSON
    if what in COMPANIES:
        return TOPICS["company"]
    if what in PRODUCTS:
        return TOPICS["product"]
    return TOPICS.get(what, _TITLE)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()
