//! The picture of the README: the plan of one change and its review, drawn from what the programs wrote.
//!
//! `make picture` writes it. The test fails where it no longer shows what they write.

use std::env;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use crate::review::{demo, reviewed};
use crate::support::azure::Azure;
use crate::support::cli::Cli;
use crate::support::with_terraform;

with_terraform!(it_shows_what_the_programs_write);

/// In pixels.
const WIDTH: usize = 880;
const MARGIN: usize = 20;
const LINE: usize = 18;
/// Of a letter in the typewriter font, at the size of the table and of the terminal.
const LETTER: usize = 7;

fn it_shows_what_the_programs_write(_: &Azure, cli: &mut Cli) {
    let demo = demo();
    cli.write(&demo);
    cli.apply().succeeds();
    let faster = demo.replacen(r#"limits   = { cpu = "4""#, r#"limits   = { cpu = "8""#, 1);
    let smaller = r#"cpu = "2", memory = "8Gi""#;
    cli.write(&faster.replace(r#"cpu = "2", memory = "16Gi""#, smaller));
    let plan = cli.plan(&[]).text().to_owned();
    let (review, _) = reviewed(cli);
    let drawn = draw(&review, &plan);
    if env::var_os("WRITE").is_some() {
        fs::write(path(), &drawn).expect("the picture can be written");
    }
    let committed = fs::read_to_string(path()).expect("the picture is there");
    assert!(committed == drawn, "the picture shows something else. Run: make picture\n{drawn}");
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(".github/review.svg")
}

/// The review as a forge renders it, and the plan as a terminal shows it.
fn draw(review: &str, plan: &str) -> String {
    let mut picture = Picture::default();
    picture.draw_review(review);
    picture.draw_plan(plan);
    picture.finish()
}

#[derive(Default)]
struct Picture {
    shapes: String,
    /// How far down the next line is.
    y: usize,
}

impl Picture {
    fn draw_review(&mut self, review: &str) {
        let (shown, _) = review.split_once("### Notes").expect("notes come last");
        let top = self.y;
        self.y += MARGIN;
        let mut table = Vec::new();
        for line in shown.lines().filter(|line| !line.is_empty() && !line.starts_with("<!--")) {
            match line.strip_prefix("| ").and_then(|row| row.strip_suffix(" |")) {
                Some(row) => table.push(row.split(" | ").collect::<Vec<_>>()),
                None => self.write_paragraph(line),
            }
        }
        table.remove(1);
        self.draw_table(&table);
        self.y += MARGIN;
        self.put_behind(top, "card");
    }

    /// A heading, or text of one line or more.
    fn write_paragraph(&mut self, line: &str) {
        let (class, text) = match line.split_once(' ') {
            Some(("##", text)) => ("title", text),
            Some(("###", text)) => ("heading", text),
            _ => ("text", line),
        };
        let plain = text.replace("**", "").replace('`', "");
        let plain = plain.strip_prefix("- ").map_or(plain.clone(), |item| format!("• {item}"));
        for line in wrap(&plain, 125) {
            self.y += LINE + if class == "text" { 0 } else { 6 };
            self.write_text(MARGIN, class, &line);
        }
        self.y += 6;
    }

    fn draw_table(&mut self, table: &[Vec<&str>]) {
        let widths = column_widths(table);
        self.y += 4;
        for (number, row) in table.iter().enumerate() {
            let cells: Vec<Vec<_>> = row.iter().map(|cell| cell.split("<br>").collect()).collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(1) * LINE + 10;
            let (top, mut x) = (self.y, MARGIN);
            for (lines, width) in cells.iter().zip(&widths) {
                self.draw_cell((x, top), (*width, height), lines, number == 0);
                x += width;
            }
            self.y = top + height;
        }
    }

    fn draw_cell(
        &mut self, (x, top): (usize, usize), (width, height): (usize, usize), lines: &[&str],
        is_head: bool,
    ) {
        writeln!(
            self.shapes,
            "<rect x=\"{x}\" y=\"{top}\" width=\"{width}\" height=\"{height}\" class=\"cell\"/>"
        )
        .expect("a string takes everything");
        self.y = top + 2;
        for line in lines {
            self.y += LINE;
            let class = match line {
                _ if is_head => "head",
                line if line.contains('→') || *line == "changed" => "changed",
                _ => "code",
            };
            self.write_text(x + 8, class, &line.replace('`', ""));
        }
    }

    fn draw_plan(&mut self, plan: &str) {
        self.y += 12;
        let top = self.y;
        self.y += 10;
        self.write_line("$ terraform plan");
        let lines = plan.lines().skip_while(|line| !line.contains("will be updated in-place"));
        for line in lines.take_while(|line| !line.starts_with('─')) {
            self.write_line(line);
        }
        self.y += MARGIN;
        self.put_behind(top, "terminal");
    }

    fn write_line(&mut self, line: &str) {
        self.y += LINE - 3;
        let class = match line.trim_start().get(..1) {
            Some("~") => "shell update",
            Some("#") => "shell comment",
            _ => "shell",
        };
        let fits = (WIDTH - 2 * MARGIN) / LETTER - 1;
        let mut shown: String = line.chars().take(fits).collect();
        if line.chars().count() > fits {
            shown.push('…');
        }
        self.write_text(MARGIN, class, &shown);
    }

    fn write_text(&mut self, x: usize, class: &str, text: &str) {
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        writeln!(
            self.shapes,
            "<text x=\"{x}\" y=\"{}\" class=\"{class}\" xml:space=\"preserve\">{text}</text>",
            self.y
        )
        .expect("a string takes everything");
    }

    /// A ground for everything below `top`.
    fn put_behind(&mut self, top: usize, class: &str) {
        let height = self.y - top;
        let ground = format!(
            "<rect x=\"1\" y=\"{}\" width=\"{}\" height=\"{height}\" rx=\"8\" class=\"{class}\"/>\n",
            top + 1,
            WIDTH - 2
        );
        // What stands above has a ground of its own, which this one does not touch.
        self.shapes.insert_str(0, &ground);
    }

    fn finish(self) -> String {
        let height = self.y + 2;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" \
             height=\"{height}\" role=\"img\">\n<title>A plan that changes two instance types, and its \
             review</title>\n<style>{STYLE}</style>\n{}</svg>\n",
            self.shapes
        )
    }
}

const STYLE: &str = "
text { font: 13px -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; fill: #1f2328 }
.title { font-size: 20px; font-weight: 600 }
.heading { font-size: 15px; font-weight: 600 }
.head { font-weight: 600 }
.code, .changed, .shell { font: 11.5px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
.changed { font-weight: 700; fill: #9a6700 }
.card { fill: #ffffff; stroke: #d0d7de }
.cell { fill: none; stroke: #d0d7de }
.terminal { fill: #0d1117 }
.shell { fill: #e6edf3 }
.update { fill: #d29922 }
.comment { fill: #8b949e }
";

/// Lines of at most so many letters.
fn wrap(text: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let last = lines.last_mut().expect("there is one");
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count() + word.chars().count() < most {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// Each as wide as its longest line.
fn column_widths(table: &[Vec<&str>]) -> Vec<usize> {
    let widest = |column: usize| {
        let lines = table.iter().flat_map(|row| row[column].split("<br>"));
        lines.map(|line| line.replace('`', "").chars().count()).max().unwrap_or(0)
    };
    // The heads are in a wider font.
    let head = |column: usize| table[0][column].len() * (LETTER + 1);
    (0..table[0].len()).map(|it| head(it).max(widest(it) * LETTER) + 18).collect()
}
