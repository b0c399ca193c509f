//! Certificates: what they prove and how they are written is the subject of `docs/CERTIFICATES.md`.
//!
//! [`tree`] follows the nodes record by record, [`cone`] has their cones, [`dual`] verifies the bound of a leaf, [`terms`] says what loss it means.

mod cone;
mod dual;
mod int;
mod reason;
mod records;
mod terms;
mod tree;
mod triple;

pub use reason::Reason;

use crate::data::Data;
use crate::error::CheckError;
use crate::result::{Problem, Statement};
use dashu_ratio::RBig;
use records::Records;
use serde::Deserialize;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use tree::Tree;

pub(crate) const MAGIC: &[u8] = b"relus-certificate";
const FIRST_LINE: &[u8] = b"relus-certificate 1\n";

/// Wider networks are refused: nobody could have searched them.
const MAX_WIDTH: usize = 1000;

/// What a certificate proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certified {
    /// The number of nodes of the tree.
    pub nodes: u64,
    /// No network of the class has a smaller loss.
    pub lower_bound: RBig,
    /// No network of the class has loss 0 (even if the lower bound is 0).
    pub excludes_zero: bool,
    /// The node whose bound is the least, if any has one.
    pub weakest_node: Option<u64>,
}

/// The second line.
#[derive(Deserialize)]
struct Header {
    problem: Problem,
    #[serde(default)]
    mirrored: bool,
}

pub(crate) fn open(path: &Path) -> Result<BufReader<File>, CheckError> {
    File::open(path).map(|file| BufReader::with_capacity(1 << 16, file)).map_err(|source| CheckError::Io(path.to_owned(), source))
}

/// Reads a certificate and checks it against the data file: what is proven, the data, and what is claimed about which problem.
pub(crate) fn verify(path: &Path, mut input: impl BufRead, data_path: &Path) -> Result<(Certified, Data, Problem, Statement), CheckError> {
    let unreadable = |source| CheckError::Io(path.to_owned(), source);
    let json = |source| CheckError::Json(path.to_owned(), source);
    let (mut first, mut second, mut footer) = (Vec::new(), Vec::new(), Vec::new());
    let _ = input.by_ref().take(FIRST_LINE.len() as u64).read_until(b'\n', &mut first).map_err(unreadable)?;
    if first != FIRST_LINE {
        return Err(CheckError::NoCertificate(path.to_owned()));
    }
    let _ = input.read_until(b'\n', &mut second).map_err(unreadable)?;
    let Header { problem, mirrored } = serde_json::from_slice(&second).map_err(json)?;
    if problem.width > MAX_WIDTH {
        return Err(CheckError::TooWide(problem.width));
    }
    let data = Data::read(data_path, &problem)?;
    let mut tree = Tree::new(&problem, &data, mirrored, Records { input });
    while tree.record().map_err(|source| CheckError::Record { record: tree.record, node: tree.node, source })? {
        tree.record += 1;
    }
    let (certified, mut input) = tree.certified();
    let _ = input.read_to_end(&mut footer).map_err(unreadable)?;
    Ok((certified, data, problem, serde_json::from_slice(&footer).map_err(json)?))
}
