//! Cutting a cone of any rank in two by double description.
//!
//! Let `q` be the rank less the number of lines, and call a decided site a *facet* if its hyperplane meets the cone in dimension `rank − 1`. Every face is the
//! intersection of the facets that contain it, so two rays span a face of dimension 2 (modulo lines) iff no third ray lies on all facets that both lie on, and
//! then these facets have rank `q − 2`. If there are no more than `q − 2` of them, they are independent, and the new ray is a vector of minors.
//!
//! A facet `f` of `K` remains one of `K ∩ {x̃_s·w ≥ 0}` iff some generator on it has `x̃_s·r > 0`: if so, the part of the facet with `x̃_s·w ≥ 0` has full dimension
//! there; if not, it lies in two different hyperplanes. (Different sites have different hyperplanes, as the design's rows are different and end in the same constant.)

use super::geometry::Geometry;
use super::{Cone, Ray, State};
use std::cmp::Ordering;
use std::sync::Arc;

/// Generators and facets of a part of a cone.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) rays: Vec<Arc<Ray>>,
    pub(super) facets: Vec<u32>,
}

/// Everything else moves along a line that leaves the hyperplane, and the line becomes a ray. `pivot` is the first of the line's two generators.
pub(super) fn along_line(geometry: &Geometry, cone: &Cone, site: usize, pivot: usize) -> [Part; 2] {
    let direction = &cone.rays[pivot];
    let moved = |g: usize| match cone.sign(g, site) {
        Ordering::Equal => cone.rays[g].clone(),
        _ => Arc::new(geometry.projection(&cone.rays[g], direction, site)),
    };
    let mut rays = Vec::with_capacity(cone.rays.len() - 1);
    for g in (0..2 * cone.lines).step_by(2).filter(|&g| g != pivot) {
        let line = moved(g);
        let opposite = if Arc::ptr_eq(&line, &cone.rays[g]) { cone.rays[g + 1].clone() } else { Arc::new(line.negated()) };
        rays.extend([line, opposite]);
    }
    rays.extend((2 * cone.lines..cone.rays.len()).map(moved));
    let mut facets = cone.facets.clone();
    facets.push(u32::try_from(site).expect("sites are numbered in 32 bits"));
    let positive = cone.sign(pivot, site) == Ordering::Greater;
    [false, true].map(|on| {
        let mut rays = rays.clone();
        rays.push(cone.rays[if positive == on { pivot } else { pivot + 1 }].clone());
        Part { rays, facets: facets.clone() }
    })
}

/// Which facets each ray lies on, in words of 64.
struct Incidence {
    words: usize,
    table: Vec<u64>,
}

impl Incidence {
    fn new(rays: &[Arc<Ray>], facets: &[u32]) -> Self {
        let words = facets.len().div_ceil(64).max(1);
        let mut table = vec![0; rays.len() * words];
        for (row, ray) in table.chunks_exact_mut(words).zip(rays) {
            for (i, &f) in facets.iter().enumerate() {
                row[i / 64] |= u64::from(ray.values[f as usize] == 0.0) << (i % 64);
            }
        }
        Incidence { words, table }
    }

    fn of(&self, ray: usize) -> &[u64] {
        &self.table[ray * self.words..(ray + 1) * self.words]
    }
}

fn members(set: &[u64]) -> impl Iterator<Item = usize> + '_ {
    set.iter().enumerate().flat_map(|(w, &word)| {
        let mut rest = word;
        std::iter::from_fn(move || {
            let next = (rest != 0).then(|| 64 * w + rest.trailing_zeros() as usize);
            rest &= rest.wrapping_sub(1);
            next
        })
    })
}

/// All lines lie in the hyperplane: keep the rays of each side, and add one for each pair of adjacent rays on different sides.
pub(super) fn across(geometry: &Geometry, cone: &Cone, site: usize) -> [Part; 2] {
    let rays = &cone.rays[2 * cone.lines..];
    let incidence = Incidence::new(rays, &cone.facets);
    let sign = |r: usize| cone.sign(2 * cone.lines + r, site);
    let side = |order: Ordering| (0..rays.len()).filter(|&r| sign(r) == order).collect::<Vec<usize>>();
    let (negative, positive) = (side(Ordering::Less), side(Ordering::Greater));
    let least = (geometry.rank() - cone.lines - 2) as u32;
    let mut common = vec![0u64; incidence.words];
    let mut new = Vec::new();
    for &p in &positive {
        for &n in &negative {
            let mut count = 0;
            for ((c, a), b) in common.iter_mut().zip(incidence.of(p)).zip(incidence.of(n)) {
                *c = a & b;
                count += c.count_ones();
            }
            let contains = |r: usize| incidence.of(r).iter().zip(&common).all(|(a, c)| c & !a == 0);
            if count < least || (0..rays.len()).any(|r| contains(r) && r != p && r != n) {
                continue;
            }
            new.push(Arc::new(if count == least && cone.lines == 0 && geometry.has_fast_minors() {
                let not_on_both = incidence.of(p).iter().zip(&common).map(|(a, c)| a & !c).collect::<Vec<u64>>();
                let witness = cone.facets[members(&not_on_both).next().expect("different rays")] as usize;
                let sites = members(&common).map(|f| cone.facets[f] as usize).chain([site]);
                geometry.through(sites, witness, cone.states[witness] == State::On)
            } else {
                geometry.projection(&rays[p], &rays[n], site)
            }));
        }
    }
    [&negative, &positive].map(|kept| part(cone, site, &incidence, kept, &new))
}

/// The part whose rays outside the hyperplane are `kept`.
fn part(cone: &Cone, site: usize, incidence: &Incidence, kept: &[usize], new: &[Arc<Ray>]) -> Part {
    let mut survives = vec![0u64; incidence.words];
    for &r in kept {
        survives.iter_mut().zip(incidence.of(r)).for_each(|(s, f)| *s |= f);
    }
    let mut facets: Vec<u32> = Vec::with_capacity(cone.facets.len() + 1);
    facets.extend(members(&survives).map(|f| cone.facets[f]));
    facets.push(u32::try_from(site).expect("sites are numbered in 32 bits"));
    let (lines, pointed) = cone.rays.split_at(2 * cone.lines);
    let on_hyperplane = pointed.iter().filter(|r| r.values[site] == 0.0);
    let mut rays = Vec::with_capacity(lines.len() + pointed.len() + new.len());
    rays.extend(lines.iter().chain(kept.iter().map(|&r| &pointed[r])).chain(on_hyperplane).chain(new).cloned());
    Part { rays, facets }
}
