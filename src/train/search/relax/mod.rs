//! stub
use super::*;
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::train) enum RelaxStatus {
    Solved,
    Bounded,
    Failed,
}
#[derive(Debug, Clone, Default)]
pub(in crate::train) struct WarmStart;
#[derive(Debug)]
pub(in crate::train) struct RelaxEngine(Relaxation);
impl RelaxEngine {
    pub(in crate::train) fn new(_: &Model<'_>) -> Self {
        RelaxEngine(Relaxation::default())
    }
    pub(in crate::train) fn solve(&mut self, _: &Model<'_>, _: &Node, _: Option<&WarmStart>, _: f64) -> RelaxStatus {
        RelaxStatus::Failed
    }
    pub(in crate::train) fn relaxation(&self) -> &Relaxation {
        &self.0
    }
    pub(in crate::train) fn warm_start(&self) -> WarmStart {
        WarmStart
    }
}
