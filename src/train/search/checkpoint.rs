//! The state of a search as a file, from which it can go on.
//!
//! ```json
//! {"format":"relus-checkpoint","version":1,"instance":{…},"network":{…},"gap":"0","open":[{"id":7,"plus":1,"bits":[[4,-9],[]],"proven":"0.25"}],
//!  "next":12,"nodes":40,"closed":9,"least":null,"certificate":{"bytes":5120,"checksum":"af63dc4c8601ec8c"}}
//! 85944171f73967e8
//! ```
//!
//! An open node is its sign class and each neuron's cuts, `±(site + 1)`, positive for on. What its relaxation found is computed anew. The certificate, if one is
//! written, is cut back to its length at the time of the checkpoint: what was closed since is open here.
//! The second line is the checksum of the first.

use super::Model;
use super::certificate::Position;
use super::checksum::Checksum;
use super::cone::Cone;
use super::labels::Known;
use super::node::Node;
use super::recorder::Written;
use super::tree::Counts;
use crate::exact::{Rational, parse_rational};
use crate::instance::Source;
use crate::instance::json::instance_to_json;
use crate::instance::write_atomically;
use crate::network::json::{NetworkFile, network_to_json};
use crate::train::{Incumbent, TrainError};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

const FORMAT: &str = "relus-checkpoint";
const VERSION: u64 = 1;

/// An open node, its number and what is proven about it.
#[derive(Debug, Clone)]
pub(in crate::train) struct Waiting {
    pub(in crate::train) id: u64,
    pub(in crate::train) node: Node,
    pub(in crate::train) proven: f64,
}

/// What a search needs to go on.
#[derive(Debug)]
pub(in crate::train) struct Checkpoint {
    pub(in crate::train) incumbent: Incumbent,
    pub(in crate::train) open: Vec<Waiting>,
    /// The number that the next child gets.
    pub(in crate::train) next: u64,
    pub(in crate::train) counts: Counts,
    /// The least loss of a node that was closed exactly, see [`Worked`](super::tree::Worked).
    pub(in crate::train) least: Option<Rational>,
    /// Where the certificate stands, if one is written.
    pub(in crate::train) certificate: Option<Written>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    version: u64,
    instance: Value,
    network: Value,
    gap: String,
    /// See [`Model::mirrored`].
    mirrored: bool,
    open: Vec<OpenFile>,
    next: u64,
    nodes: u64,
    closed: u64,
    least: Option<String>,
    certificate: Option<CertificateFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenFile {
    id: u64,
    plus: usize,
    bits: Vec<Vec<i64>>,
    /// Marked points of the 0-1 loss, `±(point + 1)`, positive for right.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    marks: Vec<i64>,
    /// In decimal digits that give the same float again.
    proven: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CertificateFile {
    bytes: u64,
    checksum: String,
}

impl Checkpoint {
    /// Writes the checkpoint; at every moment the file is a whole one, the former or this.
    pub(in crate::train) fn write(&self, path: &Path, model: &Model<'_>, gap: &Rational) -> Result<(), TrainError> {
        let value = |text: &str| serde_json::from_str(text).expect("relus writes JSON");
        let bits = |cone: &Cone| cone.bits.iter().map(|&(site, on)| signed(site, on)).collect();
        let file = File {
            format: FORMAT.to_owned(),
            version: VERSION,
            instance: value(&instance_to_json(model.instance())),
            network: value(&network_to_json(&self.incumbent.network)),
            gap: gap.to_string(),
            mirrored: model.mirrored,
            open: self
                .open
                .iter()
                .map(|waiting| OpenFile {
                    id: waiting.id,
                    plus: waiting.node.plus[..model.width()].iter().filter(|&&plus| plus).count(),
                    bits: waiting.node.cones[..model.width()].iter().map(|cone| bits(cone)).collect(),
                    marks: waiting.node.known.iter().flat_map(|known| &known.marks).map(|&(point, right)| signed(point, right)).collect(),
                    proven: waiting.proven.to_string(),
                })
                .collect(),
            next: self.next,
            nodes: self.counts.nodes,
            closed: self.counts.closed,
            least: self.least.as_ref().map(ToString::to_string),
            certificate: self
                .certificate
                .map(|Written { position, checksum }| CertificateFile { bytes: position.bytes, checksum: checksum.to_hex() }),
        };
        let text = serde_json::to_string(&file).expect("strings, numbers and lists");
        let text = format!("{text}\n{}\n", Checksum::of(text.as_bytes()).to_hex());
        write_atomically(path, &text).map_err(|e| TrainError::File(e.to_string()))
    }

    /// Whether a checkpoint is that of a search with mirrored neurons, see [`Model::mirrored`]; [`Checkpoint::read`] finds out whether it is a checkpoint.
    ///
    /// # Errors
    /// [`TrainError::File`] if the file cannot be read.
    pub(in crate::train) fn is_mirrored(path: &Path) -> Result<bool, TrainError> {
        let text = Source::read(path).map_err(|e| TrainError::File(e.to_string()))?;
        let first = text.text().lines().next().unwrap_or_default();
        Ok(serde_json::from_str::<Value>(first).is_ok_and(|file| file["mirrored"] == Value::Bool(true)))
    }

    /// Reads the checkpoint of a search for `model`'s instance, to go on with a relative gap of `gap`.
    ///
    /// # Errors
    /// [`TrainError::File`] if the file cannot be read, is no checkpoint or was changed, belongs to another problem, or closed nodes with a larger gap.
    pub(in crate::train) fn read(path: &Path, model: &Model<'_>, gap: &Rational) -> Result<Self, TrainError> {
        let instance = model.instance();
        let fail = |what: &str| TrainError::File(format!("{}: {what}", path.display()));
        let text = Source::read(path).map_err(|e| TrainError::File(e.to_string()))?;
        let (json, sum) = text.text().trim_end().rsplit_once('\n').ok_or_else(|| fail("no checkpoint: two lines are expected"))?;
        if Checksum::from_hex(sum.trim()) != Some(Checksum::of(json.as_bytes())) {
            return Err(fail("no checkpoint, or a damaged one: the checksum does not fit"));
        }
        let file: File = serde_json::from_str(json).map_err(|e| fail(&format!("no checkpoint: {e}")))?;
        if file.format != FORMAT || file.version != VERSION {
            return Err(fail(&format!("format {:?} version {}, expected {FORMAT:?} version {VERSION}", file.format, file.version)));
        }
        let own: Value = serde_json::from_str(&instance_to_json(instance)).expect("relus writes JSON");
        if file.instance != own {
            return Err(fail("this checkpoint belongs to another problem (other data, width, loss, activation or target)"));
        }
        let begun = parse_rational(&file.gap).map_err(|e| fail(&format!("gap: {e}")))?;
        if begun > *gap {
            return Err(fail(&format!("the search was begun with --gap {begun}: it cannot go on to a gap of {gap}")));
        }
        let network: NetworkFile = serde_json::from_value(file.network).map_err(|e| fail(&format!("network: {e}")))?;
        let network = network.network(&text, "network.").map_err(|e| TrainError::File(e.to_string()))?;
        network.check_dimension(instance.data.dimension()).map_err(|e| fail(&e.to_string()))?;
        let mut cones = Cones::new(model);
        let open = file.open.iter().map(|open| cones.waiting(open).ok_or_else(|| fail("an open node is no node of this problem")));
        let open = open.collect::<Result<Vec<_>, _>>()?;
        let least = file.least.map(|text| parse_rational(&text).map_err(|e| fail(&format!("least: {e}")))).transpose()?;
        let certificate = file.certificate.map(|CertificateFile { bytes, checksum }| {
            let checksum = Checksum::from_hex(&checksum).ok_or_else(|| fail("the certificate's checksum is none"))?;
            Ok::<_, TrainError>(Written { position: Position { bytes, next: file.next }, checksum })
        });
        let certificate = certificate.transpose()?;
        let counts = Counts { nodes: file.nodes, closed: file.closed, ..Counts::default() };
        Ok(Checkpoint { incumbent: Incumbent::evaluate(network, instance), open, next: file.next, counts, least, certificate })
    }
}

/// A number from 0 and a yes or no as one number.
fn signed(index: usize, yes: bool) -> i64 {
    if yes { index as i64 + 1 } else { -(index as i64) - 1 }
}

/// The inverse of [`signed`], for numbers below `limit`.
fn unsigned(value: i64, limit: usize) -> Option<(usize, bool)> {
    let index = usize::try_from(value.unsigned_abs().checked_sub(1)?).ok()?;
    (index < limit).then_some((index, value > 0))
}

/// Rebuilds cones from their cuts; equal cuts give the same cone, which keeps exchangeable neurons recognisable.
struct Cones<'m, 'a> {
    model: &'m Model<'a>,
    known: HashMap<Vec<i64>, Arc<Cone>>,
    affine: Option<Arc<Cone>>,
}

impl<'m, 'a> Cones<'m, 'a> {
    fn new(model: &'m Model<'a>) -> Self {
        Cones { model, known: HashMap::from([(Vec::new(), Arc::new(Cone::root(model)))]), affine: model.affine_cone() }
    }

    /// `None` if some cut is none.
    fn cone(&mut self, bits: &[i64]) -> Option<Arc<Cone>> {
        if let Some(cone) = self.known.get(bits) {
            return Some(Arc::clone(cone));
        }
        let (last, rest) = bits.split_last()?;
        let parent = self.cone(rest)?;
        let (site, on) = unsigned(*last, self.model.sites())?;
        if parent.states[site] != super::cone::State::Undecided {
            return None;
        }
        let cone = Arc::new(parent.cut(self.model, site, on));
        self.known.insert(bits.to_vec(), Arc::clone(&cone));
        Some(cone)
    }

    fn waiting(&mut self, open: &OpenFile) -> Option<Waiting> {
        let width = self.model.width();
        if open.bits.len() != width || open.plus > width {
            return None;
        }
        let proven = open.proven.parse().ok().filter(|proven: &f64| proven.is_finite())?;
        let cones = open.bits.iter().map(|bits| self.cone(bits)).collect::<Option<Vec<_>>>()?;
        let marks = open.marks.iter().map(|&mark| unsigned(mark, self.model.items.len())).collect::<Option<Vec<_>>>()?;
        let known = (!marks.is_empty()).then(|| Arc::new(Known { marks, vectors: Vec::new() }));
        let node = Node { known, ..Node::new(open.plus, cones, self.affine.as_ref()) };
        Some(Waiting { id: open.id, node, proven })
    }
}
