//! One page with everything: tables, figures, how to run it again. It refers to nothing outside of itself.

use super::store::Manifest;
use super::table::Table;
use super::{Findings, Study, Summary};
use std::fmt::Write;

/// By this a page is recognised as one of relus.
pub const GENERATOR: &str = "<meta name=\"generator\" content=\"relus experiment";

/// A study with its rows.
pub struct Section<'a> {
    /// The study.
    pub study: &'a dyn Study,
    /// What the rows are.
    pub manifest: &'a Manifest,
    /// The rows.
    pub table: &'a Table,
    /// What they say.
    pub findings: &'a Findings,
}

impl std::fmt::Debug for Section<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Section").field("manifest", &self.manifest).finish_non_exhaustive()
    }
}

const STYLE: &str = "
:root { color-scheme: light; }
body { font: 16px/1.5 'DejaVu Sans', Verdana, sans-serif; color: #111; background: #fff; margin: 0 auto; max-width: 62rem; padding: 1.5rem; }
h1 { font-size: 1.7rem; } h2 { font-size: 1.35rem; border-top: 2px solid #0072b2; padding-top: 1rem; margin-top: 2.5rem; }
nav li { display: inline-block; margin-right: 1.2rem; } nav ul { padding: 0; }
a { color: #0072b2; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; margin: 0.4rem 0 1.4rem; font-size: 0.86rem; }
caption { text-align: left; font-weight: bold; padding: 0.3rem 0; }
th, td { border-bottom: 1px solid #ccc; padding: 0.25rem 0.7rem; text-align: left; vertical-align: top; }
th { background: #f1f5f8; } td { font-variant-numeric: tabular-nums; }
figure { margin: 1.2rem 0 2rem; } figure svg { max-width: 100%; height: auto; border: 1px solid #ddd; }
figcaption { font-size: 0.9rem; color: #333; max-width: 48rem; }
pre { background: #f1f5f8; padding: 0.7rem; overflow-x: auto; }
dl { display: grid; grid-template-columns: max-content auto; gap: 0.2rem 1.2rem; } dt { font-weight: bold; } dd { margin: 0; }
";

/// Text between tags and in attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe += "&amp;",
            '<' => safe += "&lt;",
            '>' => safe += "&gt;",
            '"' => safe += "&quot;",
            other => safe.push(other),
        }
    }
    safe
}

/// The page of these studies.
#[must_use]
pub fn page(sections: &[Section<'_>]) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\" />\n{GENERATOR}, version {version}\" />\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\" />\n\
         <title>relus: experiments</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>relus: experiments</h1>\n"
    );
    html += "<p>Measured by <code>relus experiment</code>. Losses are exact and optima are proven unless a table says otherwise; times are of the machine that each section names.</p>\n<nav><ul>\n";
    for section in sections {
        let name = section.study.name();
        let _ = writeln!(html, "<li><a href=\"#{name}\">{name}</a></li>");
    }
    html += "</ul></nav>\n";
    sections.iter().for_each(|section| write_section(&mut html, section));
    html + "</body>\n</html>\n"
}

/// How a study is run again.
#[must_use]
pub fn command(manifest: &Manifest) -> String {
    let mode = if manifest.mode == "quick" { String::new() } else { format!(" --{}", manifest.mode) };
    format!("relus experiment run {}{mode} --seed {} --threads {} --out results", manifest.study, manifest.seed, manifest.threads)
}

fn write_section(html: &mut String, section: &Section<'_>) {
    let Section { study, manifest, table, findings } = section;
    let _ = writeln!(
        html,
        "<section id=\"{0}\">\n<h2>{0}</h2>\n<p><strong>{1}</strong></p>\n<p>{2}</p>",
        study.name(),
        escape(study.question()),
        escape(study.method())
    );
    let finished: Vec<&str> = table.iter().map(|row| row.text("finished")).collect();
    let (first, last) = (finished.iter().min().copied().unwrap_or("-"), finished.iter().max().copied().unwrap_or("-"));
    let seconds: f64 = table.iter().filter_map(|row| row.number("seconds_cell")).sum();
    let facts = [
        ("rows", format!("{} of {}{}", table.rows.len(), manifest.cells, if table.rows.len() < manifest.cells { ": not finished" } else { "" })),
        ("measured", format!("{first} to {last} (UTC)")),
        ("machine", manifest.machine.clone()),
        ("version", format!("relus {}, study version {}", manifest.relus, manifest.study_version)),
        ("mode, seed, threads", format!("{}, {}, {}", manifest.mode, manifest.seed, manifest.threads)),
        ("time of all runs", format!("{seconds:.1} s")),
        ("table", format!("{}/rows.csv", manifest.study)),
    ];
    html.push_str("<dl>\n");
    for (name, value) in facts {
        let _ = writeln!(html, "<dt>{name}</dt><dd>{}</dd>", escape(&value));
    }
    let _ = writeln!(html, "</dl>\n<p>To run it again:</p>\n<pre><code>{}</code></pre>", escape(&command(manifest)));
    for paragraph in &findings.text {
        let _ = writeln!(html, "<p>{}</p>", escape(paragraph));
    }
    findings.summaries.iter().for_each(|summary| write_summary(html, summary));
    for figure in &findings.figures {
        let svg = figure.svg.split_once("?>").map_or(figure.svg.as_str(), |(_, svg)| svg);
        let _ = writeln!(
            html,
            "<figure id=\"{}-{}\">{}<figcaption>{}</figcaption></figure>",
            study.name(),
            figure.name,
            svg.trim(),
            escape(&figure.caption)
        );
    }
    html.push_str("</section>\n");
}

fn write_summary(html: &mut String, summary: &Summary) {
    let _ = writeln!(html, "<div class=\"scroll\"><table>\n<caption>{}</caption>", escape(&summary.caption));
    let cells = |tag: &str, row: &[String]| row.iter().map(|text| format!("<{tag}>{}</{tag}>", escape(text))).collect::<String>();
    let _ = writeln!(html, "<thead><tr>{}</tr></thead>\n<tbody>", cells("th", &summary.header));
    for row in &summary.rows {
        let _ = writeln!(html, "<tr>{}</tr>", cells("td", row));
    }
    html.push_str("</tbody></table></div>\n");
}
