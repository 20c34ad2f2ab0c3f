"""Figures: alt text that reaches the page, Chinese glyphs that are drawn, contrast, determinism, bad input."""

import io
import re

import nbformat
import numpy as np
import pandas as pd
import pytest
from bs4 import BeautifulSoup
from IPython.utils.capture import capture_output
from matplotlib import pyplot, rc_context
from matplotlib.figure import Figure
from nbconvert import HTMLExporter
from PIL import Image
from test_repository import ROOT

from keyacct_utils.lessons.profitability import figures as profit_figures
from keyacct_utils.lessons.relationship_levels import figures as level_figures
from keyacct_utils.lessons.showing import figures, style
from keyacct_utils.lessons.showing.words import percent

IDS = [f"A{i:04d}" for i in range(1, 31)]
AMOUNTS = pd.Series(np.exp(np.linspace(0, 4, 30)), index=IDS)
NAMES = pd.Series(["临江第一钢铁厂", "Linjiang Hospital", "费用 $5 万$"] * 10, index=IDS)
CLASSES = pd.DataFrame(
    {"at least": ["efficiency", "none"] * 15, "more than": ["none", "potential"] * 15}, index=IDS
)
KAPPA = pd.DataFrame(
    [[1, 0.4], [0.4, 1]],
    index=["power rule", "telecom tier"],
    columns=["power rule", "telecom tier"],
)
LORENZ = pd.DataFrame({"accounts": [0, 0.5, 1], "amount": [0, 0.1, 1]})
INTERVALS = pd.DataFrame({"estimate": AMOUNTS, "low": AMOUNTS * 0.8, "high": AMOUNTS * 1.2})
MAP = pd.DataFrame(
    {
        "avg_monthly_fee": AMOUNTS * 1e5,
        "voltage_kv": [0.4, 10, 35, 35, 110] * 6,
        "class": ["none", "efficiency"] * 15,
    }
)
CURVE = pd.DataFrame(
    {"efficiency": [40, 30, 20], "potential": [41, 31, 21]}, index=[0.8, 0.85, 0.9]
)
REGIONS = {"efficiency": (5e6, np.inf, 35, np.inf)}
PLOTS = {
    "lorenz_plot": lambda: figures.lorenz_plot(
        {"供电 P": LORENZ}, "Half of the accounts hold a tenth"
    ),
    "pareto_bars": lambda: figures.pareto_bars(
        AMOUNTS, "Ten carry most", "revenue (million yuan)", n=10, names=NAMES
    ),
    "ranked_intervals": lambda: figures.ranked_intervals(
        INTERVALS, "The first is sure", "revenue", names=NAMES, reference=20
    ),
    "flip_heatmap": lambda: figures.flip_heatmap(
        CLASSES, "All flip", names=NAMES, order=["efficiency", "potential", "none"]
    ),
    "kappa_matrix": lambda: figures.kappa_matrix(KAPPA, "The schemes agree little"),
    "sensitivity_curve": lambda: figures.sensitivity_curve(
        CURVE, "It halves", "power factor", "accounts", base=0.85
    ),
    "class_map": lambda: figures.class_map(
        MAP, "Few qualify", "fee (yuan, log scale)", regions=REGIONS
    ),
}


def shown_bundle(alt: str) -> dict[str, str]:
    """What a notebook would store for ``show``."""
    fig, axes = pyplot.subplots()
    axes.plot([0, 1])
    caught: list[dict[str, str]] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(style, "display", lambda data, raw, metadata: caught.append(data))
        style.show(fig, alt)
    assert len(caught) == 1
    assert not pyplot.fignum_exists(fig.number)  # type: ignore[attr-defined]
    return caught[0]


def texts(fig: Figure) -> list[str]:
    return [
        item.get_text()
        for axes in fig.axes
        for item in (*axes.texts, *axes.get_xticklabels(), *axes.get_yticklabels())
    ]


@pytest.mark.parametrize("name", PLOTS)
def test_each_plot_has_title_and_axis_label_and_draws_the_same_bytes(name: str) -> None:
    first, second = PLOTS[name](), PLOTS[name]()
    assert first.get_suptitle() and first.axes[0].get_xlabel()
    data = style.png(first)
    assert data == style.png(second)
    assert b"Software" not in data and b"tIME" not in data and b"matplotlib" not in data
    assert len(data) < 150_000
    assert Image.open(io.BytesIO(data)).width == 2 * 720
    assert pyplot.get_fignums() == []


def test_pareto_bars_show_the_largest_with_their_cumulative_share() -> None:
    fig = figures.pareto_bars(pd.Series({"c": 1.0, "b": 3.0, "a": 3.0, "d": 3.0}), "t", "yuan", n=2)
    assert [label.get_text() for label in fig.axes[0].get_yticklabels()] == [
        "a",
        "b",
    ]  # ties by account_id
    assert "60.0 %" in texts(fig)


def test_lorenz_marks_the_rule_where_the_curve_would_pass() -> None:
    fig = figures.lorenz_plot({"P": LORENZ}, "t", point=(0.2, 0.8))
    x, y = fig.axes[0].lines[-1].get_data()
    assert (float(x[0]), float(y[0])) == pytest.approx((0.8, 0.2))  # the smallest 80 % hold 20 %


def test_flip_letters_tell_the_classes_apart() -> None:
    frame = pd.DataFrame({"r1": ["potential", "power"], "r2": ["none", "none"]}, index=["a", "b"])
    letters = [item.get_text() for item in figures.flip_heatmap(frame, "t").axes[0].texts]
    assert letters == ["Pot", "Non", "Pow", "Non"]


def test_class_keeps_its_colour_when_another_is_absent() -> None:
    order = ["efficiency", "potential", "none"]
    one = figures.class_map(MAP, "t", "fee", order=order).axes[0].collections
    other = (
        figures.class_map(MAP.assign(**{"class": "none"}), "t", "fee", order=order)
        .axes[0]
        .collections
    )
    assert one[2].get_facecolor().tolist() == other[2].get_facecolor().tolist()


def test_labels_at_line_ends_do_not_overlap() -> None:
    fig = figures.sensitivity_curve(CURVE, "t", "x", "accounts")
    heights = sorted(item.xy[1] for item in fig.axes[0].texts)
    assert heights[1] - heights[0] >= 0.06 * 21 - 1e-9  # 21: from 20 to 41


def test_alt_text_reaches_nbconvert_html() -> None:
    alt = 'Curves of <two> lines & the "80/20" point 供电'
    bundle = shown_bundle(f"  {alt}\n ")
    assert bundle["text/plain"] == f"Figure: {alt}"
    output = nbformat.v4.new_output("display_data", data=bundle)
    page, _ = HTMLExporter().from_notebook_node(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("show(fig)", outputs=[output])])
    )
    image = BeautifulSoup(page, "html.parser").select_one("img")
    assert image is not None and image["alt"] == alt


def test_html_is_the_same_but_for_the_picture() -> None:
    html = re.sub(r"base64,[A-Za-z0-9+/=]+", "base64,", shown_bundle("a line")["text/html"])
    assert (
        html
        == '<img alt="a line" src="data:image/png;base64," width="720" style="max-width:100%;height:auto;background:#fff">'
    )


def test_show_displays_once_through_ipython() -> None:
    with capture_output() as captured:
        style.show(PLOTS["kappa_matrix"](), "agreement of two schemes")
    assert captured.stderr == ""


@pytest.mark.parametrize(("alt", "width"), [("", 720), (" \n", 720), ("a line", 0)])
def test_show_refuses_no_alt_text_and_no_width(alt: str, width: int) -> None:
    with pytest.raises(ValueError, match=r"alt is empty|width_px is 0"):
        style.show(Figure(), alt, width)


def ink(text: str, families: list[str]) -> bytes:
    fig = Figure(figsize=(1, 1))
    fig.text(0.1, 0.1, text, fontsize=40, fontfamily=families)
    data = io.BytesIO()
    fig.savefig(data, format="png", metadata={"Software": None})
    return data.getvalue()


@pytest.mark.filterwarnings("ignore:Glyph .* missing")
def test_chinese_glyphs_are_drawn_not_boxes() -> None:
    if style.cjk_font() is None:
        pytest.skip("no font with Chinese characters on this system")
    with rc_context(style.house_style()):
        families = style.house_style()["font.family"]
        assert ink("户", families) != ink("客", families)
        assert ink("户", [style.LATIN_FONT]) == ink(
            "客", [style.LATIN_FONT]
        )  # two empty boxes look alike
    assert style.label("临江第一钢铁厂", "Linjiang Steel", "A0001") == "临江第一钢铁厂"


def test_without_chinese_font_labels_fall_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "cjk_font", lambda: None)
    assert style.label("临江第一钢铁厂", "Linjiang Steel", "A0001") == "Linjiang Steel"
    assert style.label("临江第一钢铁厂", None, "A0001") == "A0001"
    assert style.label(pd.NA, "", float("nan"), "甲1") == "?1"
    rows = figures.pareto_bars(AMOUNTS, "t", "yuan", n=3, names=NAMES).axes[0].get_yticklabels()
    assert [row.get_text() for row in rows] == ["A0030", "Linjiang Hospital", "A0028"]
    assert style.house_style()["font.family"] == [style.LATIN_FONT]


def test_money_signs_start_no_formula() -> None:
    assert style.label("a $5 and $6 deal") == r"a \$5 and \$6 deal"


def test_label_without_any_name_is_an_error() -> None:
    with pytest.raises(ValueError, match="2 candidates, all empty"):
        style.label(None, " ")


def luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.1."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return float(np.dot([0.2126, 0.7152, 0.0722], linear))


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_palette_contrast() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)  # WCAG's own example
    assert min(contrast(colour, "#FFFFFF") for colour in style.LINE_COLOURS) >= 3
    assert min(contrast(style.INK, colour) for colour in style.FILL_COLOURS) >= 4.5


BAD = {
    "curves holds 0": lambda: figures.lorenz_plot({}, "t"),
    r"curves\['P'\] has 0 rows": lambda: figures.lorenz_plot({"P": LORENZ.head(0)}, "t"),
    "amounts has 0 rows": lambda: figures.pareto_bars(AMOUNTS.head(0), "t", "x"),
    "amounts has 30 missing": lambda: figures.pareto_bars(AMOUNTS * np.nan, "t", "x"),
    "total is -": lambda: figures.pareto_bars(-AMOUNTS, "t", "x"),
    "n is 0": lambda: figures.pareto_bars(AMOUNTS, "t", "x", n=0),
    "frame has 0 rows": lambda: figures.ranked_intervals(INTERVALS.head(0), "t", "x"),
    "frame lacks 1 columns: low": lambda: figures.ranked_intervals(
        INTERVALS.drop(columns="low"), "t", "x"
    ),
    "classes has 0 rows": lambda: figures.flip_heatmap(CLASSES.head(0), "t"),
    "9 classes": lambda: figures.flip_heatmap(pd.DataFrame({"r": list("abcdefghi")}), "t"),
    "kappa is 1 x 1": lambda: figures.kappa_matrix(KAPPA.iloc[:1, :1], "t"),
    "kappa is 2 x 2": lambda: figures.kappa_matrix(KAPPA.iloc[::-1], "t"),
    "frame has 0 rows: ": lambda: figures.sensitivity_curve(CURVE.head(0), "t", "x", "y"),
    "frame with avg_monthly_fee above 0 has 0": lambda: figures.class_map(
        MAP.assign(avg_monthly_fee=0), "t", "x"
    ),
    "frame lacks 1 columns: class": lambda: figures.class_map(MAP.drop(columns="class"), "t", "x"),
    "1 candidates, all empty": lambda: figures.kappa_matrix(KAPPA, ""),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_input_is_named(message: str) -> None:
    with pytest.raises(ValueError, match=message):
        BAD[message]()


def test_a_half_in_a_figure_is_rounded_as_in_its_alt_text():
    """447 of 600 accounts are 74.5 %: once 74 % stood in the picture and 75 % in its alt text."""
    curve = pd.DataFrame({"share_of_accounts": [0.0, 0.745, 1.0], "estimate": [0.0, 1.845, 1.0]})
    whale = profit_figures.whale_plot(curve, "whale", (0.745, 1.845))
    told = [text.get_text() for text in whale.axes[0].texts]
    assert f"peak {percent(1.845, 0)}\nat 75 % of accounts" in told
    rows = pd.DataFrame({"estimate": [0.125], "low": [0.1], "high": [0.2]}, index=["a"])
    levels = level_figures.interval_rows(rows, "levels", "share", percent=True)
    assert "13 %" in [text.get_text() for text in levels.axes[0].texts]
    equal = pd.DataFrame({"accounts": [0.0, 1.0], "amount": [0.0, 1.0]})
    lorenz = figures.lorenz_plot({"equal": equal}, "curve", point=(0.125, 0.8))
    said = [text.get_text() for text in lorenz.axes[0].texts]
    assert "rule: the top 13 %\nhold 80 %" in said


def test_percents_on_an_axis_are_written_in_one_way():
    """A step of 2.5 without its decimal once read 88, 90, 92, 95: `percent_ticks` takes round steps."""
    wrong = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "keyacct_utils").rglob("*.py")
        if "PercentFormatter" in path.read_text(encoding="utf-8")
    ]
    assert not wrong


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_ticks_that_are_set_and_those_of_logarithms_stay(scale):
    axes = Figure().subplots()
    axes.set_xscale(scale)
    axes.set_xlim(0.875, 1.0)
    if scale == "linear":
        axes.set_xticks([0.9, 0.95])
    before = list(axes.get_xticks())
    figures.percent_ticks(axes.xaxis)
    assert list(axes.get_xticks()) == before
