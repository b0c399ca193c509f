//! Numbers the nodes, and writes the certificate if one is asked for.

use super::certificate::{CertificateWriter, Claim, Position};
use super::checksum::{Checksum, Summed, sum_of};
use super::model::Model;
use super::node::{Node, Proof, Split};
use crate::exact::Rational;
use crate::train::{Incumbent, TrainError};
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Where a certificate stands, and what it must be up to there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::train) struct Written {
    pub(in crate::train) position: Position,
    pub(in crate::train) checksum: Checksum,
}

/// The record of the tree.
#[derive(Debug)]
pub(in crate::train) struct Recorder {
    next: u64,
    certificate: Option<(PathBuf, CertificateWriter<Summed<File>>)>,
    error: Option<io::Error>,
}

impl Recorder {
    /// Without a certificate; the next child gets the number `next`.
    pub(in crate::train) fn counting(next: u64) -> Self {
        Recorder { next, certificate: None, error: None }
    }

    /// With a new certificate at `path`; `problem` describes the problem in JSON.
    pub(in crate::train) fn create(path: &Path, model: &Model<'_>, problem: &str) -> Result<Self, TrainError> {
        let fail = |e: io::Error| TrainError::File(format!("{}: {e}", path.display()));
        let writer = CertificateWriter::new(Summed::new(File::create(path).map_err(fail)?), model, problem).map_err(fail)?;
        Ok(Recorder { next: writer.position().next, certificate: Some((path.to_owned(), writer)), error: None })
    }

    /// With the certificate at `path`, cut back to where a checkpoint left it. A file that is not that certificate is not touched.
    pub(in crate::train) fn resume(path: &Path, model: &Model<'_>, written: Written) -> Result<Self, TrainError> {
        let fail = |e: io::Error| TrainError::File(format!("{}: {e}", path.display()));
        let Written { position, checksum } = written;
        let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(fail)?;
        let sum = sum_of(&mut file, position.bytes).map_err(fail)?;
        if sum != checksum || file.metadata().map_err(fail)?.len() < position.bytes {
            return Err(TrainError::File(format!("{}: not the certificate that was being written at the checkpoint", path.display())));
        }
        file.set_len(position.bytes).map_err(fail)?;
        file.seek(SeekFrom::End(0)).map_err(fail)?;
        let writer = CertificateWriter::resume(Summed { inner: file, sum }, model, position);
        Ok(Recorder { next: position.next, certificate: Some((path.to_owned(), writer)), error: None })
    }

    /// The number that the next child gets.
    pub(in crate::train) fn next(&self) -> u64 {
        self.next
    }

    /// A node was split into so many children; returns the number of its first child, the others follow.
    pub(in crate::train) fn split(&mut self, id: u64, split: &Split, children: usize) -> u64 {
        let first = self.next;
        self.next += children as u64;
        self.write(|writer| match split {
            Split::Bit { site, group } => writer.split(id, *site, group, children).map(|_| ()),
            Split::Point(point) => writer.point(id, *point).map(|_| ()),
            Split::Bend { bend, .. } => writer.triple(id, bend, children).map(|_| ()),
        });
        first
    }

    /// A node was closed; a certificate needs the proof.
    pub(in crate::train) fn close(&mut self, id: u64, proof: Option<&(Node, Proof)>) {
        if let Some((node, proof)) = proof {
            self.write(|writer| match proof {
                Proof::Leaf(leaf) => writer.leaf(id, node, leaf),
                Proof::Labels(vectors) => writer.labels(id, node, vectors),
                Proof::Count(bends) => writer.count(id, bends),
            });
        } else {
            debug_assert!(self.certificate.is_none(), "a closed node without a proof");
        }
    }

    fn write(&mut self, write: impl FnOnce(&mut CertificateWriter<Summed<File>>) -> io::Result<()>) {
        if let Some((_, writer)) = &mut self.certificate
            && self.error.is_none()
        {
            self.error = write(writer).err();
        }
    }

    /// Whether the certificate could not be written.
    pub(in crate::train) fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    /// Everything written so far reaches the file.
    pub(in crate::train) fn flush(&mut self) -> Result<Option<Written>, TrainError> {
        let Some((path, writer)) = &mut self.certificate else { return Ok(None) };
        let result = self.error.take().map_or_else(|| writer.flush(), Err);
        let written = result.map(|position| Written { position, checksum: writer.inner().sum });
        written.map(Some).map_err(|e| TrainError::File(format!("{}: {e}", path.display())))
    }

    /// Ends the certificate with its claim; returns its length.
    pub(in crate::train) fn finish(mut self, claim: Claim, incumbent: &Incumbent, lower_bound: &Rational) -> Result<Option<u64>, TrainError> {
        self.flush()?;
        let Some((path, writer)) = self.certificate else { return Ok(None) };
        let file = writer.finish(claim, Some(incumbent), Some(lower_bound));
        let bytes = file.and_then(|Summed { inner: file, .. }| file.sync_all().and_then(|()| file.metadata()));
        bytes.map(|m| Some(m.len())).map_err(|e| TrainError::File(format!("{}: {e}", path.display())))
    }
}
