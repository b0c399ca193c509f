//! The float layer: the bounded simplex method on the dual, with a dense inverse of the basis.

/// A linear program in floats, for [`LpProposer`]: minimise `c·v + Σ_i max { l (h_i − g_i·v) : lower_i ≤ l ≤ upper_i }`.
///
/// Rows and columns should be scaled so that their largest entries are about 1; bounds may be infinite.
#[derive(Debug, Clone, Copy)]
pub struct FloatProgram<'a> {
    /// `c`, of length `q`.
    pub objective: &'a [f64],
    /// `g_1, …, g_m`, one after the other: `m·q` numbers.
    pub coefficients: &'a [f64],
    /// `h`, of length `m`.
    pub rhs: &'a [f64],
    /// The least multipliers (`-∞` if there is none).
    pub lower: &'a [f64],
    /// The greatest multipliers (`∞` if there is none).
    pub upper: &'a [f64],
}

/// How [`LpProposer::solve`] ended. All of it is conjecture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Proposal {
    /// The point and the multipliers seem optimal.
    Optimal,
    /// The multipliers are about feasible for the dual, and their value seems to be at least the cutoff.
    AboveCutoff,
    /// Row `entering` and the basis seem to show that the hard rows contradict each other.
    Infeasible {
        /// The row whose multiplier can grow without bound, together with those of the basis.
        entering: usize,
        /// Whether it grows or falls.
        increase: bool,
    },
    /// The point seems to be a ray along which the objective falls.
    Unbounded,
    /// The iteration limit was reached, or a number was not finite.
    Unclear,
}

/// Where the multiplier of a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Basic,
    Lower,
    Upper,
    /// Free, and 0.
    Zero,
}

/// An entry of the basis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Basic {
    Row(usize),
    /// `±v_k`, with the sign.
    Artificial(usize, f64),
}

const TOLERANCE: f64 = 1e-9;
/// The relative size of the perturbation of `c` that keeps the pivots from stalling.
const PERTURBATION: f64 = 1e-7;

/// Solves small linear programs in floats, without a promise: nothing that this type returns is certain.
///
/// The multipliers lie within their bounds as floats, but `Σ l_i g_i = c` holds up to rounding only (and up to more if the method ended with
/// [`Proposal::Unclear`]). To draw a conclusion, bound the error of what is derived from them, or use
/// [`LinearProgram::solve`](super::LinearProgram::solve). Buffers are kept from call to call, so that a solve allocates only if it is larger
/// than all before.
///
/// # Complexity
/// `O(q m + q²)` a pivot.
#[derive(Debug, Clone, Default)]
pub struct LpProposer {
    point: Vec<f64>,
    multipliers: Vec<f64>,
    basis: Vec<Basic>,
    places: Vec<Place>,
    /// Column `k` of the inverse of the basis at `k·q..`.
    inverse: Vec<f64>,
    values: Vec<f64>,
    lambda: Vec<f64>,
    residual: Vec<f64>,
    /// The greatest values of artificial variables in the second phase.
    caps: Vec<f64>,
}

impl LpProposer {
    /// A solver without buffers.
    #[must_use]
    pub fn new() -> Self {
        LpProposer::default()
    }

    /// The proposed point (after [`Proposal::Unbounded`], the proposed ray).
    #[must_use]
    pub fn point(&self) -> &[f64] {
        &self.point
    }

    /// The proposed multipliers, one a row, within their bounds.
    #[must_use]
    pub fn multipliers(&self) -> &[f64] {
        &self.multipliers
    }

    /// After [`Proposal::Infeasible`]: the rows that seem to contradict each other, `entering` first.
    #[must_use]
    pub fn contradiction(&self, entering: usize) -> Vec<usize> {
        let others = self.basis.iter().zip(&self.lambda).filter_map(|(basic, lambda)| match basic {
            Basic::Row(i) if lambda.abs() > TOLERANCE => Some(*i),
            _ => None,
        });
        std::iter::once(entering).chain(others).collect()
    }

    pub(super) fn basis(&self) -> &[Basic] {
        &self.basis
    }

    pub(super) fn places(&self) -> &[Place] {
        &self.places
    }

    /// Solves `program`, starting near the point `hint`, until an optimum or a dual value of at least `cutoff` (`∞` for none).
    ///
    /// # Panics
    /// If the lengths do not match.
    pub fn solve(&mut self, program: FloatProgram<'_>, hint: Option<&[f64]>, cutoff: f64) -> Proposal {
        let (q, m) = (program.objective.len(), program.rhs.len());
        assert!(program.coefficients.len() == m * q && program.lower.len() == m && program.upper.len() == m, "lengths must match");
        self.start(program, hint);
        let mut left = 200 + 10 * (m + q);
        let ending = match self.run(program, true, f64::INFINITY, &mut left) {
            Proposal::Optimal if self.artificial_sum() > 100.0 * PERTURBATION * self.scale() => Proposal::Unbounded,
            Proposal::Optimal => {
                self.caps.clear();
                self.caps.extend_from_slice(&self.values);
                self.run(program, false, cutoff, &mut left)
            }
            _ => Proposal::Unclear,
        };
        self.set_multipliers(program);
        if self.point.iter().chain(&self.multipliers).all(|x| x.is_finite()) { ending } else { Proposal::Unclear }
    }

    fn start(&mut self, program: FloatProgram<'_>, hint: Option<&[f64]>) {
        let (q, m) = (program.objective.len(), program.rhs.len());
        self.places.clear();
        for i in 0..m {
            let product = hint.map_or(0.0, |v| dot(row(program, i), v));
            let place = match (program.lower[i].is_finite(), program.upper[i].is_finite()) {
                (true, true) if program.rhs[i] > product => Place::Upper,
                (true, _) => Place::Lower,
                (false, true) => Place::Upper,
                (false, false) => Place::Zero,
            };
            self.places.push(place);
        }
        self.set_residual(program);
        let largest = self.residual.iter().fold(0.0, |a: f64, x| a.max(x.abs()));
        let scale = if largest > 0.0 { largest } else { 1.0 };
        self.basis.clear();
        self.caps.clear();
        self.values.clear();
        self.inverse.clear();
        self.inverse.resize(q * q, 0.0);
        self.lambda.clear();
        self.lambda.resize(q, 0.0);
        self.point.clear();
        self.point.resize(q, 0.0);
        for k in 0..q {
            let side = if self.residual[k] < 0.0 { -1.0 } else { 1.0 };
            #[expect(clippy::cast_precision_loss, reason = "column counts are small")]
            let irregular = 1.0 + (k as f64 * 0.618_033_988_749_895).fract();
            self.basis.push(Basic::Artificial(k, side));
            self.values.push(self.residual[k].abs() + PERTURBATION * scale * irregular);
            self.inverse[k * q + k] = side;
        }
    }

    /// `c − Σ l_i g_i` over the rows outside the basis.
    fn set_residual(&mut self, program: FloatProgram<'_>) {
        self.residual.clear();
        self.residual.extend_from_slice(program.objective);
        for (i, place) in self.places.iter().enumerate() {
            let l = match place {
                Place::Lower => program.lower[i],
                Place::Upper => program.upper[i],
                Place::Basic | Place::Zero => 0.0,
            };
            if l != 0.0 {
                self.residual.iter_mut().zip(row(program, i)).for_each(|(r, g)| *r -= l * g);
            }
        }
    }

    /// The size of `c` less the rows at bounds.
    fn scale(&self) -> f64 {
        let largest = self.residual.iter().fold(0.0, |a: f64, x| a.max(x.abs()));
        if largest > 0.0 { largest } else { 1.0 }
    }

    fn artificial_sum(&self) -> f64 {
        self.basis.iter().zip(&self.values).filter(|(b, _)| matches!(b, Basic::Artificial(..))).map(|(_, x)| x).sum()
    }

    fn run(&mut self, program: FloatProgram<'_>, first: bool, cutoff: f64, left: &mut usize) -> Proposal {
        let q = program.objective.len();
        let size = if first { 1.0 } else { program.rhs.iter().fold(1.0, |a: f64, h| a.max(h.abs())) };
        loop {
            if first && !self.basis.iter().any(|b| matches!(b, Basic::Artificial(..))) {
                return Proposal::Optimal;
            }
            self.set_point(program, first);
            let Some((entering, gain)) = self.entering(program, first, TOLERANCE * size) else {
                return Proposal::Optimal;
            };
            if *left == 0 {
                return Proposal::Unclear;
            }
            *left -= 1;
            if !first && cutoff < f64::INFINITY && self.dual_value(program) >= cutoff {
                return Proposal::AboveCutoff;
            }
            let increase = gain > 0.0;
            let direction = if increase { 1.0 } else { -1.0 };
            let g = row(program, entering);
            // A multiplier that is fixed in length can only flip to its other bound, if nothing stops it before.
            let mut least = program.upper[entering] - program.lower[entering];
            let mut leaving = None;
            for k in 0..q {
                let lambda = dot(g, &self.inverse[k * q..(k + 1) * q]);
                self.lambda[k] = lambda;
                let rate = lambda * direction;
                if rate.abs() <= TOLERANCE {
                    continue;
                }
                let (lower, upper) = self.bounds(program, k, first);
                let room = if rate > 0.0 { self.values[k] - lower } else { upper - self.values[k] };
                let step = room.max(0.0) / rate.abs();
                let better = step < least || (step == least && leaving.is_some_and(|l: usize| self.lambda[l].abs() < lambda.abs()));
                if better {
                    least = step;
                    leaving = Some(k);
                }
            }
            if least == f64::INFINITY {
                return if first { Proposal::Unclear } else { Proposal::Infeasible { entering, increase } };
            }
            let step = least * direction;
            self.values.iter_mut().zip(&self.lambda).for_each(|(x, l)| *x -= step * l);
            match leaving {
                None => self.places[entering] = if increase { Place::Upper } else { Place::Lower },
                Some(k) => self.exchange(program, entering, k, step),
            }
        }
    }

    fn bounds(&self, program: FloatProgram<'_>, k: usize, first: bool) -> (f64, f64) {
        match self.basis[k] {
            Basic::Row(i) => (program.lower[i], program.upper[i]),
            Basic::Artificial(..) => (0.0, if first { f64::INFINITY } else { self.caps[k] }),
        }
    }

    fn set_point(&mut self, program: FloatProgram<'_>, first: bool) {
        let q = program.objective.len();
        self.point.fill(0.0);
        for (k, basic) in self.basis.iter().enumerate() {
            let height = match basic {
                Basic::Row(i) if !first => program.rhs[*i],
                Basic::Artificial(..) if first => -1.0,
                _ => continue,
            };
            self.point.iter_mut().zip(&self.inverse[k * q..(k + 1) * q]).for_each(|(v, x)| *v += height * x);
        }
    }

    /// The row whose multiplier improves the dual objective most per unit.
    fn entering(&self, program: FloatProgram<'_>, first: bool, tolerance: f64) -> Option<(usize, f64)> {
        let mut best = None;
        let mut most = tolerance;
        for (i, place) in self.places.iter().enumerate() {
            if *place == Place::Basic {
                continue;
            }
            let gain = if first { 0.0 } else { program.rhs[i] } - dot(row(program, i), &self.point);
            let possible = match place {
                Place::Lower => gain > 0.0,
                Place::Upper => gain < 0.0,
                Place::Zero => true,
                Place::Basic => false,
            };
            if possible && gain.abs() > most && program.lower[i] < program.upper[i] {
                most = gain.abs();
                best = Some((i, gain));
            }
        }
        best
    }

    fn exchange(&mut self, program: FloatProgram<'_>, entering: usize, leaving: usize, step: f64) {
        let q = program.objective.len();
        let from = match self.places[entering] {
            Place::Lower => program.lower[entering],
            Place::Upper => program.upper[entering],
            Place::Zero | Place::Basic => 0.0,
        };
        if let Basic::Row(i) = self.basis[leaving] {
            let falls = self.lambda[leaving] * step > 0.0 || (step == 0.0 && self.values[leaving] <= program.lower[i]);
            let to_lower = program.lower[i].is_finite() && (falls || !program.upper[i].is_finite());
            self.places[i] = if to_lower { Place::Lower } else { Place::Upper };
        }
        let (before, rest) = self.inverse.split_at_mut(leaving * q);
        let (pivot, after) = rest.split_at_mut(q);
        let scale = self.lambda[leaving].recip();
        pivot.iter_mut().for_each(|x| *x *= scale);
        let others = before.chunks_exact_mut(q).chain(after.chunks_exact_mut(q));
        let lambdas = self.lambda[..leaving].iter().chain(&self.lambda[leaving + 1..]);
        for (column, &lambda) in others.zip(lambdas) {
            column.iter_mut().zip(pivot.iter()).for_each(|(x, p)| *x -= lambda * p);
        }
        self.values[leaving] = from + step;
        if !self.caps.is_empty() {
            self.caps[leaving] = 0.0;
        }
        self.basis[leaving] = Basic::Row(entering);
        self.places[entering] = Place::Basic;
    }

    /// `h·l` for the current multipliers of the perturbed program.
    fn dual_value(&self, program: FloatProgram<'_>) -> f64 {
        let outside = self.places.iter().enumerate().map(|(i, place)| match place {
            Place::Lower => program.lower[i] * program.rhs[i],
            Place::Upper => program.upper[i] * program.rhs[i],
            Place::Zero | Place::Basic => 0.0,
        });
        let basic = self.basis.iter().zip(&self.values).map(|(b, x)| if let Basic::Row(i) = b { program.rhs[*i] * x } else { 0.0 });
        outside.sum::<f64>() + basic.sum::<f64>()
    }

    /// The multipliers for the unperturbed `c`.
    fn set_multipliers(&mut self, program: FloatProgram<'_>) {
        let q = program.objective.len();
        self.set_residual(program);
        self.multipliers.clear();
        self.multipliers.extend(self.places.iter().enumerate().map(|(i, place)| match place {
            Place::Lower => program.lower[i],
            Place::Upper => program.upper[i],
            Place::Zero | Place::Basic => 0.0,
        }));
        for (k, basic) in self.basis.iter().enumerate() {
            if let Basic::Row(i) = *basic {
                self.multipliers[i] = dot(&self.residual, &self.inverse[k * q..(k + 1) * q]).max(program.lower[i]).min(program.upper[i]);
            }
        }
    }
}

fn row<'a>(program: FloatProgram<'a>, i: usize) -> &'a [f64] {
    let q = program.objective.len();
    &program.coefficients[i * q..(i + 1) * q]
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}
