//! Exact samplers: the chain of squared lengths for one input, and that of Gram matrices for several. Neither needs a weight matrix.
//!
//! Random numbers come from ChaCha8 (`rand_chacha`): one seed, and for each chunk of samples a stream of its own, so that results depend on the seed alone and not on the number of threads.

mod gram;
mod norms;

pub use gram::{GramError, GramSample, gram_samples};
pub use norms::norm_samples;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// The generator of one chunk.
fn generator(seed: u64, chunk: usize) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(chunk as u64);
    random
}
