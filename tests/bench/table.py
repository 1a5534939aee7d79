"""The figures as a table for a terminal, and as a part of the page in the documentation."""

import dataclasses
import itertools

NOT_MEASURED = "not measured"
BEGIN = "<!-- figures: written by `make bench-page` -->"
END = "<!-- end of the figures -->"


@dataclasses.dataclass
class Section:
    """Rows under one heading. The last column may be the budget."""

    title: str
    columns: list
    rows: list = dataclasses.field(default_factory=list)

    def add(self, name, *cells, budget=""):
        budgets = [budget] if self.columns[-1] == "budget" else []
        self.rows.append([name, *map(str, cells), *budgets])


def budget(text, is_kept):
    """A budget, with a mark where the figure beside it is beyond."""
    return text if is_kept else f"{text}: missed"


def print_section(section):
    """Each column as wide as its widest cell."""
    lines = [[section.title, *section.columns], *section.rows]
    widths = [max(map(len, column)) for column in itertools.zip_longest(*lines, fillvalue="")]
    print()
    for line in lines:
        first, *rest = (cell.ljust(width) if n == 0 else cell.rjust(width) for n, (cell, width) in enumerate(zip(line, widths)))
        print("  ".join([first, *rest]).rstrip(), flush=True)


def markdown(sections):
    """The sections as tables of a page."""
    return "\n\n".join(map(markdown_section, sections))


def markdown_section(section):
    lines = [["", *section.columns], ["---"] + ["---:"] * len(section.columns), *section.rows]
    table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
    return f"### {section.title}\n\n{table}"


def write_page(path, lead, sections):
    """Replaces what stands between the marks of a page."""
    before, after = split_page(path)
    path.write_text(f"{before}{BEGIN}\n\n{lead}\n\n{markdown(sections)}\n\n{END}{after}")


def split_page(path):
    """What stands before the marks of a page, and what after them. It fails where a page has not both of them once."""
    before, rest = path.read_text().split(BEGIN)
    _, after = rest.split(END)
    return before, after
