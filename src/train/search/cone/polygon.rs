//! Cutting a pointed cone of rank 3. Its generators are the corners of a polygon in cyclic order, `facets[i]` being the side from corner `i` to corner `i + 1`. A line through the
//! interior meets the boundary in two places, each a corner or inside a side: at most two corners are new, and nothing needs to be searched.

use super::cut::Part;
use super::geometry::Geometry;
use super::{Cone, Ray, State};
use std::cmp::Ordering;
use std::sync::Arc;

/// The sides in the order of the three corners of a cone that has just lost its last line.
pub(super) fn sides(rays: &[Arc<Ray>], facets: &[u32]) -> Vec<u32> {
    (0..rays.len())
        .map(|i| {
            let (a, b) = (&rays[i], &rays[(i + 1) % rays.len()]);
            *facets.iter().find(|&&f| a.values[f as usize] == 0.0 && b.values[f as usize] == 0.0).expect("consecutive corners share a side")
        })
        .collect()
}

/// The two parts: where the site's value is at most, and at least 0.
pub(super) fn cut(geometry: &Geometry, cone: &Cone, site: usize) -> [Part; 2] {
    let corners = cone.rays.len();
    let mut parts = [false, true].map(|_| Part { rays: Vec::with_capacity(corners + 2), facets: Vec::with_capacity(corners + 2) });
    let sign = |i: usize| cone.sign(i, site);
    let mut push = |on: bool, ray: &Arc<Ray>, side: u32| {
        let part = &mut parts[usize::from(on)];
        part.rays.push(ray.clone());
        part.facets.push(side);
    };
    let cut_side = u32::try_from(site).expect("sites are numbered in 32 bits");
    for i in 0..corners {
        let next = (i + 1) % corners;
        let (here, there) = (sign(i), sign(next));
        let side = cone.facets[i];
        match (here, there) {
            (Ordering::Equal, _) => {
                // The way goes on along the side in the part where the next corner lies, and along the cut in the other one.
                let on = there == Ordering::Greater;
                push(on, &cone.rays[i], side);
                push(!on, &cone.rays[i], cut_side);
            }
            (Ordering::Greater, Ordering::Less) | (Ordering::Less, Ordering::Greater) => {
                let on = here == Ordering::Greater;
                push(on, &cone.rays[i], side);
                // The side before corner i does not contain corner i + 1.
                let witness = cone.facets[(i + corners - 1) % corners] as usize;
                let sites = [side as usize, site];
                let corner = Arc::new(geometry.through(sites.into_iter(), witness, cone.states[witness] == State::On));
                push(on, &corner, cut_side);
                push(!on, &corner, side);
            }
            _ => push(here == Ordering::Greater, &cone.rays[i], side),
        }
    }
    parts
}
