//! What the DIMACS formats share: lines of words, comments, a header that announces sizes.

use super::SourceError;

/// A line that is no comment.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// Its number, from 1.
    pub(super) number: usize,
    /// Its words; there is at least one.
    pub(super) words: Vec<&'a str>,
}

impl Line<'_> {
    /// An error on this line.
    pub(super) fn error(&self, message: impl Into<String>) -> SourceError {
        SourceError { line: Some(self.number), message: message.into() }
    }

    /// The word at `index` as a number.
    pub(super) fn number_at<T: std::str::FromStr>(&self, index: usize, what: &str) -> Result<T, SourceError> {
        let word = self.words.get(index).ok_or_else(|| self.error(format!("{what} is missing")))?;
        word.parse().map_err(|_| self.error(format!("\"{word}\" is no {what}")))
    }

    /// The two sizes of a header `p KIND A B`.
    pub(super) fn header(&self, kinds: &[&str]) -> Result<[usize; 2], SourceError> {
        let kind = self.words.get(1).copied().unwrap_or("");
        if !kinds.contains(&kind) {
            return Err(self.error(format!("the header is \"p {kind} …\", expected \"p {}\"", kinds.join("\" or \"p "))));
        }
        if self.words.len() != 4 {
            return Err(self.error(format!("the header needs two numbers after \"p {kind}\"")));
        }
        Ok([self.number_at(2, "number")?, self.number_at(3, "number")?])
    }
}

/// The lines of `text` without comments and empty ones; a line `%` ends a file, as in the SATLIB collection.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    let lines = text.lines().enumerate().map(|(i, line)| Line { number: i + 1, words: line.split_whitespace().collect() });
    lines.take_while(|line| line.words.first() != Some(&"%")).filter(|line| line.words.first().is_some_and(|&word| word != "c"))
}
