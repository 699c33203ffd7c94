"""The report as a browser shows it: nothing fails, nothing is missing, everything can be read."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

Call = Callable[..., subprocess.CompletedProcess[str]]
INPUTS = '{"name": "Ada", "items": [3, 40]}'
STEPS = {
    "inputs", "customer", "price", "tx", "order", "mark", "size", "thanks", "merge", "list", "labels",
}  # fmt: skip
#: the least size of a letter, and the least contrast of normal text in the guidelines of the W3C (WCAG 2.2, AA)
LEAST_PX, LEAST_CONTRAST = 11, 4.5
#: every visible text with the size and the colour of its letters, and the colour behind them
TEXTS = """
() => {
  const channels = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const [r, g, b] = channels(colour).slice(0, 3).map(c => c / 255)
      .map(c => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const painted = colour => colour && colour !== "none" && (channels(colour)[3] ?? 1) > 0;
  const fill = element => element instanceof SVGElement ? getComputedStyle(element).fill : getComputedStyle(element).backgroundColor;
  const behind = (element, box) => {
    // in a drawing it is what was painted last at that place, elsewhere the nearest ancestor's
    if (element instanceof SVGElement) {
      const shapes = [...element.ownerSVGElement.querySelectorAll("rect,path.card")].filter(one => {
        const own = one.getBoundingClientRect();
        const before = one.compareDocumentPosition(element) & Node.DOCUMENT_POSITION_FOLLOWING;
        return before && painted(fill(one)) && own.left <= box.left + 1 && own.right >= box.right - 1
          && own.top <= box.top + 4 && own.bottom >= box.bottom - 4;
      });
      if (shapes.length) return fill(shapes.at(-1));
    }
    for (let one = element; one; one = one.parentElement) if (painted(fill(one)) && !(one instanceof SVGElement)) return fill(one);
    return "rgb(255,255,255)";
  };
  const found = [];
  for (const element of document.querySelectorAll("h1,h2,h3,p,li b,li pre,.chip,summary,.step,.took,.axis span,svg text")) {
    const box = element.getBoundingClientRect();
    if (!box.width || !element.textContent.trim()) continue;
    const style = getComputedStyle(element);
    const ink = element instanceof SVGElement ? style.fill : style.color;
    const [one, other] = [light(ink), light(behind(element, box))].sort((a, b) => b - a);
    found.push({text: element.textContent, px: parseFloat(style.fontSize), contrast: (one + 0.05) / (other + 0.05)});
  }
  return found;
}
"""
#: texts of a node that reach out of its box
TOO_WIDE = """
() => [...document.querySelectorAll("g.node")].flatMap(node => {
  const card = node.querySelector(".card");
  if (!card) return [];
  const box = card.getBoundingClientRect();
  return [...node.querySelectorAll("text")].filter(text => {
    const own = text.getBoundingClientRect();
    return own.right > box.right || own.left < box.left || own.bottom > box.bottom + 1;
  }).map(text => text.textContent);
})
"""


@pytest.fixture
def browser(chromium: str) -> Iterator[Browser]:
    # what a container has not: a sandbox, a graphics card, a way to whoever made the browser
    arguments = [
        "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking",
        "--disable-component-update", "--disable-default-apps", "--disable-sync", "--no-first-run",
    ]  # fmt: skip
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


def _opened(browser: Browser, file: Path, width: int, scheme: Any) -> tuple[Page, list[str]]:
    """The page, and what the browser says is wrong with it or was asked to load."""
    said: list[str] = []
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: None if request.url == file.as_uri() else said.append(request.url))
    page.goto(file.as_uri())
    return page, said


def _check_page(page: Page, width: int) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    texts = page.evaluate(TEXTS)
    assert texts
    assert [one for one in texts if one["px"] < LEAST_PX] == []
    assert [one for one in texts if one["contrast"] < LEAST_CONTRAST] == []
    assert page.evaluate(TOO_WIDE) == []


def test_a_report_of_a_run_can_be_read_on_every_screen(
    browser: Browser, call: Call, shop: Path, tmp_path: Path
) -> None:
    done = call(shop, "-o", "flow.html", "--run", "--inputs", INPUTS)
    assert done.returncode == 0, done.stdout + done.stderr
    for width, scheme in ((1280, "light"), (1280, "dark"), (375, "light"), (375, "dark")):
        page, said = _opened(browser, tmp_path / "flow.html", width, scheme)
        drawn = page.eval_on_selector_all("g[data-node]", "all => all.map(one => one.dataset.node)")
        assert sorted(drawn) == sorted(STEPS)
        _check_page(page, width)
        bars = page.eval_on_selector_all(".gantt .bar", "all => all.map(one => one.getBoundingClientRect().width)")
        assert len(bars) == len(STEPS) - 1  # all but the inputs ran
        assert min(bars) >= 2
        assert said == []
        page.close()


def test_a_report_of_mistakes_can_be_read_on_every_screen(
    browser: Browser, call: Call, broken: Path, tmp_path: Path
) -> None:
    assert call(broken, "-o", "flow.html").returncode == 1
    for width, scheme in ((1280, "light"), (375, "dark")):
        page, said = _opened(browser, tmp_path / "flow.html", width, scheme)
        assert page.locator("g.wrong[data-node=second] .badge").count() == 1
        assert page.locator("li b").count() >= 5
        _check_page(page, width)
        assert said == []
        page.close()
