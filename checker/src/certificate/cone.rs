//! The cone `K = {w : ±x̃_s·w ≥ 0 for the cut sites s}` of a neuron, full-dimensional, by generators: `K = span(lines) + {Σ λ_r r : λ ≥ 0}`.
//!
//! The double description method: a cut at site `s` divides the cone into the halves `x̃_s·w ≤ 0` and `≥ 0`. If a line has `x̃_s·ℓ ≠ 0`, everything else is moved along it into the hyperplane and
//! the halves get the rays `−ℓ` and `ℓ`. Otherwise each half keeps the rays on its side, and both get, for each two *adjacent* rays on
//! either side, the ray of their plane in the hyperplane. Two rays are adjacent iff no third lies on all cuts that both lie on; they then lie on at
//! least `rank − lines − 2` cuts.

use super::int::Int;
use super::reason::Reason;
use dashu_int::ops::BitTest;
use dashu_int::{UBig, Word};
use std::cmp::Ordering;
use std::iter::successors;
use std::rc::Rc;

/// More generators than any search could have worked with; a cone of high dimension could have exponentially many.
const MAX_GENERATORS: usize = 5_000;

/// A set of sites, as bits.
pub(super) type Sites = UBig;

/// The sites below `count` that are chosen.
pub(super) fn sites_with(count: usize, chosen: impl Fn(usize) -> bool) -> Sites {
    let bits = Word::BITS as usize;
    let word = |first: usize| (first..count.min(first + bits)).fold(0, |word, site| word | Word::from(chosen(site)) << (site - first));
    UBig::from_words(&(0..count).step_by(bits).map(word).collect::<Vec<Word>>())
}

/// The members in increasing order.
pub(super) fn places(sites: &Sites) -> impl Iterator<Item = usize> {
    let without_the_first = |word: &Word| Some(word & (word - 1)).filter(|&rest| rest != 0);
    let words = sites.as_words().iter().enumerate().filter(|(_, word)| **word != 0);
    let suffixes = words.flat_map(move |(i, &word)| successors(Some(word), without_the_first).map(move |rest| (i, rest)));
    suffixes.map(|(i, rest)| Word::BITS as usize * i + rest.trailing_zeros() as usize)
}

/// A vector of weights, and the sites `s` where `x̃_s·w` is positive or negative.
pub(super) struct Ray {
    pub(super) w: Vec<Int>,
    pub(super) positive: Sites,
    pub(super) negative: Sites,
}

pub(super) struct Cone {
    /// Sites and whether they are on, in the order of the cuts. Equal cuts make equal cones.
    pub(super) cuts: Vec<(usize, bool)>,
    /// Pairs ±ℓ.
    lines: Vec<[Rc<Ray>; 2]>,
    rays: Vec<Rc<Ray>>,
    /// The sites that are on in all of the cone, those that are off, and the rest.
    pub(super) on: Sites,
    pub(super) off: Sites,
    pub(super) undecided: Sites,
}

impl Ray {
    fn new(rows: &[Vec<Int>], w: Vec<Int>) -> Ray {
        let of_sign = |sign| sites_with(rows.len(), |site| Int::dot(&rows[site], &w).sign() == sign);
        Ray { positive: of_sign(Ordering::Greater), negative: of_sign(Ordering::Less), w }
    }

    /// A line: the ray and its opposite.
    fn line(self) -> [Rc<Ray>; 2] {
        let opposite = Ray { w: self.w.iter().map(Int::negative).collect(), positive: self.negative.clone(), negative: self.positive.clone() };
        [Rc::new(self), Rc::new(opposite)]
    }

    /// The ray `a·u + b·v`, `a` and `b` positive, in the shortest integers.
    fn combination(rows: &[Vec<Int>], a: &Int, u: &Ray, b: &Int, v: &Ray) -> Ray {
        let w: Vec<Int> = u.w.iter().zip(&v.w).map(|(u, v)| &(a * u) + &(b * v)).collect();
        let divisor = content(&w);
        let w: Vec<Int> = w.iter().map(|w| w.divided_by(&divisor)).collect();
        // Only where the signs of u and v are opposite must the sum be computed.
        let (mut positive, mut negative) = (&u.positive | &v.positive, &u.negative | &v.negative);
        for site in places(&(&positive & &negative)) {
            let sign = Int::dot(&rows[site], &w).sign();
            if sign.is_le() {
                positive.clear_bit(site);
            }
            if sign.is_ge() {
                negative.clear_bit(site);
            }
        }
        Ray { w, positive, negative }
    }
}

/// The greatest common divisor of integers that are not all 0.
pub(super) fn content(values: &[Int]) -> Int {
    values.iter().fold(Int::ZERO, |divisor, value| if divisor == Int::ONE { divisor } else { divisor.gcd(value) })
}

impl Cone {
    /// The whole space; `rows` are the x̃ of the sites.
    pub(super) fn whole(rows: &[Vec<Int>]) -> Self {
        let rank = rows[0].len();
        let unit = |c: usize| (0..rank).map(|i| Int::Small((i == c).into())).collect();
        let lines = (0..rank).map(|c| Ray::new(rows, unit(c)).line()).collect();
        Cone::new(Vec::new(), lines, Vec::new())
    }

    fn new(cuts: Vec<(usize, bool)>, lines: Vec<[Rc<Ray>; 2]>, rays: Vec<Rc<Ray>>) -> Self {
        let (mut positive, mut negative) = (Sites::ZERO, Sites::ZERO);
        for ray in lines.iter().flatten().chain(&rays) {
            positive |= &ray.positive;
            negative |= &ray.negative;
        }
        let undecided = &positive & &negative;
        Cone { cuts, lines, rays, on: positive ^ &undecided, off: negative ^ &undecided, undecided }
    }

    /// Rays and lines; a line is two generators.
    pub(super) fn generators(&self) -> impl Iterator<Item = &Ray> {
        self.lines.iter().flatten().chain(&self.rays).map(Rc::as_ref)
    }

    /// The parts on which `site`, undecided here, is off and on.
    pub(super) fn halves(&self, rows: &[Vec<Int>], site: usize) -> Result<[Rc<Cone>; 2], Reason> {
        let value = |ray: &Ray| Int::dot(&rows[site], &ray.w);
        let (mut lines, mut shared) = (self.lines.clone(), Vec::new());
        let [off, on] = if let Some(pivot) = lines.iter().position(|[line, _]| value(line) != Int::ZERO) {
            let [mut up, mut down] = lines.swap_remove(pivot);
            if value(&up) < Int::ZERO {
                (up, down) = (down, up);
            }
            let height = value(&up);
            let moved = |ray: &Ray| Ray::combination(rows, &height, ray, &value(ray).abs(), if value(ray) > Int::ZERO { &down } else { &up });
            let lies_in = |ray: &Ray| value(ray) == Int::ZERO;
            lines.iter_mut().filter(|[line, _]| !lies_in(line)).for_each(|pair| *pair = moved(&pair[0]).line());
            shared.extend(self.rays.iter().map(|ray| if lies_in(ray) { ray.clone() } else { Rc::new(moved(ray)) }));
            [vec![down], vec![up]]
        } else {
            let mut cut_sites = Sites::ZERO;
            self.cuts.iter().for_each(|&(cut, _)| cut_sites.set_bit(cut));
            // The cuts that each ray does not lie on.
            let missed: Vec<Sites> = self.rays.iter().map(|ray| &cut_sites & (&ray.positive | &ray.negative)).collect();
            let values: Vec<Int> = self.rays.iter().map(|ray| value(ray)).collect();
            let of_sign = |sign| (0..values.len()).filter(|&r| values[r].sign() == sign).collect::<Vec<usize>>();
            let (above, below) = (of_sign(Ordering::Greater), of_sign(Ordering::Less));
            let least = rows[0].len().saturating_sub(lines.len() + 2);
            for &p in &above {
                for &n in &below {
                    let either = &missed[p] | &missed[n];
                    let lies_on_the_rest = |r: usize| r != p && r != n && &either | &missed[r] == either;
                    if either.count_ones() + least <= self.cuts.len() && !(0..values.len()).any(lies_on_the_rest) {
                        let (up, down) = (&self.rays[p], &self.rays[n]);
                        shared.push(Rc::new(Ray::combination(rows, &values[p], down, &values[n].abs(), up)));
                    }
                }
                if shared.len() > MAX_GENERATORS {
                    return Err(Reason::Generators(MAX_GENERATORS));
                }
            }
            let chosen = |indices: Vec<usize>| indices.into_iter().map(|r| self.rays[r].clone());
            shared.extend(chosen(of_sign(Ordering::Equal)));
            [below, above].map(|side| chosen(side).collect())
        };
        let half = |mut rays: Vec<Rc<Ray>>, on| {
            rays.extend_from_slice(&shared);
            let cuts = self.cuts.iter().copied().chain([(site, on)]).collect();
            Rc::new(Cone::new(cuts, lines.clone(), rays))
        };
        Ok([half(off, false), half(on, true)])
    }

    /// The part that a neuron with opposite strict signs at two sites, off at the first, must lie in; `None` if it cannot lie in this cone.
    pub(super) fn crossing(self: &Rc<Self>, rows: &[Vec<Int>], off: usize, on: usize) -> Result<Option<Rc<Cone>>, Reason> {
        let mut cone = self.clone();
        for (site, side) in [(off, 0), (on, 1)] {
            if [&cone.on, &cone.off][side].bit(site) {
                return Ok(None);
            }
            if cone.undecided.bit(site) {
                cone = cone.halves(rows, site)?[side].clone();
            }
        }
        Ok(Some(cone))
    }
}
