//! Solutions as text: lines of numbers, as SAT solvers print them.

use super::SourceError;
use super::dimacs::{Line, lines};

/// A number and the line it stands on.
pub(super) struct Entry<'a> {
    pub(super) value: i64,
    pub(super) line: Line<'a>,
}

/// The numbers of `text` but for the final 0.
pub(super) fn numbers(text: &str) -> Result<Vec<Entry<'_>>, SourceError> {
    let mut entries = Vec::new();
    for line in lines(text).filter(|line| line.words[0] != "s") {
        let first = usize::from(line.words[0] == "v");
        for i in first..line.words.len() {
            let value = line.number_at(i, "number")?;
            entries.push(Entry { value, line: Line { number: line.number, words: vec![line.words[i]] } });
        }
    }
    if entries.last().is_some_and(|entry| entry.value == 0) {
        entries.pop();
    }
    Ok(entries)
}
