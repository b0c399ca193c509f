//! POITS as DIMACS CNF: three positive literals a clause.

use super::Poits;
use crate::problems::SourceError;
use crate::problems::dimacs::lines;
use itertools::Itertools;

/// Reads a formula.
///
/// # Errors
/// [`SourceError`] names the line: a literal that is negative or no variable, a clause without exactly three literals, or counts other than the header's.
pub(super) fn parse(text: &str) -> Result<Poits, SourceError> {
    let mut lines = lines(text);
    let header = lines.next().ok_or(SourceError { line: None, message: "has no header \"p cnf VARIABLES CLAUSES\"".into() })?;
    if header.words[0] != "p" {
        return Err(header.error("a header \"p cnf VARIABLES CLAUSES\" must come first"));
    }
    let [variables, announced] = header.header(&["cnf"])?;

    let mut clauses = Vec::new();
    let mut clause = Vec::new();
    let mut last = header.number;
    for line in lines {
        last = line.number;
        for (i, word) in line.words.iter().enumerate() {
            let literal: i64 = line.number_at(i, "literal")?;
            if literal == 0 {
                let literals: [usize; 3] = std::mem::take(&mut clause)
                    .try_into()
                    .map_err(|found: Vec<_>| line.error(format!("clause {} has {} literals, expected 3", clauses.len() + 1, found.len())))?;
                clauses.push(literals);
            } else if literal < 0 {
                return Err(line.error(format!("literal {word} is negative; positive one-in-three has positive literals only")));
            } else {
                let variable = usize::try_from(literal).ok().filter(|&v| v <= variables);
                let variable = variable.ok_or_else(|| line.error(format!("literal {word} is no variable, the header announces {variables}")))?;
                clause.push(variable - 1);
            }
        }
    }
    let at_end = |message| Err(SourceError { line: Some(last), message });
    if !clause.is_empty() {
        return at_end(format!("clause {} is not ended by 0", clauses.len() + 1));
    }
    if clauses.len() != announced {
        return at_end(format!("the header announces {announced} clauses, there are {}", clauses.len()));
    }
    Ok(Poits { variables, clauses })
}

/// The formula as DIMACS CNF.
pub(super) fn write(formula: &Poits) -> String {
    let clause = |clause: &[usize; 3]| format!("{} 0\n", clause.iter().map(|v| v + 1).join(" "));
    format!("p cnf {} {}\n{}", formula.variables, formula.clauses.len(), formula.clauses.iter().map(clause).join(""))
}
