//! Weight matrices of a random network, drawn by its scheme, and their files.
//!
//! A Haar-distributed matrix with orthonormal columns is the `Q` of a `QR` factorisation of a matrix of independent normal entries with the signs of `R`'s diagonal made positive (F. Mezzadri, *Notices AMS* 54, 2007); with
//! orthonormal rows it is the transpose of one. Shared submatrices are copied and negated, both exact in any float format, so a network read back in single precision is still exactly linear in structure, and an isometry up to
//! the rounding of its entries.
//!
//! Files name the tensors as `torch.nn.Sequential(Linear, ReLU, Linear, …)` does: `0.weight`, `0.bias`, `2.weight`, …, matrices with one row a unit. `.npz` is an archive of `.npy` files (format version 1.0, stored without compression); `.safetensors` is written by the crate of that name.

use super::law::{Draw, Layer, Units, float};
use super::scheme::Ensemble;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use relus_dense::{Matrix, thin_qr};
use safetensors::tensor::{Dtype, TensorView};
use std::collections::HashMap;
use std::io::{self, Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// One layer of a network: `W` with a row for each unit, and `b`.
#[derive(Debug, Clone)]
pub struct DenseLayer {
    /// The matrix.
    pub weight: Matrix,
    /// The biases.
    pub bias: Vec<f64>,
    /// What the units do.
    pub units: Units,
}

/// `W0`, or `W` itself where nothing is shared.
fn draw(layer: &Layer, random: &mut ChaCha8Rng) -> Matrix {
    let (rows, columns) = (layer.width, layer.inputs);
    let mut normal = |_: usize, _: usize| -> f64 { StandardNormal.sample(random) };
    match layer.draw {
        Draw::Gaussian { variance } => {
            let deviation = variance.sqrt();
            Matrix::from_fn(rows, columns, |i, j| deviation * normal(i, j))
        }
        Draw::Haar { gain_squared } => {
            let gain = gain_squared.sqrt();
            let (q, r) = thin_qr(Matrix::from_fn(rows.max(columns), rows.min(columns), normal), 1);
            let entry = |i: usize, j: usize| gain * q[(i, j)].copysign(q[(i, j)] * r[(j, j)]);
            Matrix::from_fn(rows, columns, |i, j| if rows >= columns { entry(i, j) } else { entry(j, i) })
        }
    }
}

/// Draws layer `index` (from 0) of a network; its random numbers are a stream of its own.
pub(super) fn draw_layer(ensemble: &Ensemble, index: usize, seed: u64) -> DenseLayer {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(index as u64);
    let layer = &ensemble.layers()[index];
    let core = draw(layer, &mut random);
    let width = ensemble.widths().layers()[index];
    let last = index + 1 == ensemble.layers().len();
    let units = if last { ensemble.output() } else { Units::Relu };
    let weight = if ensemble.scheme().shares() {
        let (rows, columns) = core.shape();
        let inputs = ensemble.widths().all()[index];
        let sign = |second: bool| if second { -1.0 } else { 1.0 };
        let rows_shared = units == Units::Relu;
        Matrix::from_fn(width, inputs, |i, j| {
            let flip = sign(rows_shared && i >= rows) * sign(index > 0 && j >= columns);
            flip * core[(i % rows, j % columns)]
        })
    } else {
        core
    };
    let deviation = layer.bias_variance.sqrt();
    let bias = (0..width)
        .map(|_| {
            if deviation > 0.0 {
                deviation * {
                    let z: f64 = StandardNormal.sample(&mut random);
                    z
                }
            } else {
                0.0
            }
        })
        .collect();
    DenseLayer { weight, bias, units }
}

/// Draws a network.
///
/// # Examples
/// ```
/// use relus::init::{Ensemble, Scheme, Units, draw_network, forward};
/// let ensemble = Ensemble::new("3,8x20,4".parse().unwrap(), Scheme::GsmOrthogonal, &[0.0], Units::Linear).unwrap();
/// let network = draw_network(&ensemble, 1);
/// let output = forward(&network, &[1.0, 2.0, -2.0]);
/// assert!((output.iter().map(|x| x * x).sum::<f64>() - 9.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn draw_network(ensemble: &Ensemble, seed: u64) -> Vec<DenseLayer> {
    (0..ensemble.layers().len()).map(|index| draw_layer(ensemble, index, seed)).collect()
}

/// The network's value.
///
/// # Panics
/// If the input's dimension is not that of the first layer.
#[must_use]
pub fn forward(network: &[DenseLayer], input: &[f64]) -> Vec<f64> {
    network.iter().fold(input.to_vec(), |x, layer| {
        assert_eq!(x.len(), layer.weight.ncols(), "the input has the dimension of the first layer");
        let mut h = layer.bias.clone();
        for (j, value) in x.iter().enumerate() {
            h.iter_mut().enumerate().for_each(|(i, sum)| *sum += layer.weight[(i, j)] * value);
        }
        if layer.units == Units::Relu {
            h.iter_mut().for_each(|z| *z = z.max(0.0));
        }
        h
    })
}

/// The numbers of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits, as PyTorch's layers have them.
    Single,
    /// 64 bits.
    Double,
}

/// A tensor's name, shape and little-endian content by rows.
type Tensor = (String, Vec<usize>, Vec<u8>);

fn tensors(network: &[DenseLayer], precision: Precision) -> Vec<Tensor> {
    #[expect(clippy::cast_possible_truncation, reason = "rounded to single precision as asked for")]
    let push = |bytes: &mut Vec<u8>, value: f64| match precision {
        Precision::Single => bytes.extend((value as f32).to_le_bytes()),
        Precision::Double => bytes.extend(value.to_le_bytes()),
    };
    let mut tensors = Vec::with_capacity(2 * network.len());
    for (l, layer) in network.iter().enumerate() {
        let (rows, columns) = layer.weight.shape();
        let mut weight = Vec::with_capacity(8 * rows * columns);
        (0..rows).for_each(|i| (0..columns).for_each(|j| push(&mut weight, layer.weight[(i, j)])));
        let mut bias = Vec::with_capacity(8 * rows);
        layer.bias.iter().for_each(|&value| push(&mut bias, value));
        tensors.push((format!("{}.weight", 2 * l), vec![rows, columns], weight));
        tensors.push((format!("{}.bias", 2 * l), vec![rows], bias));
    }
    tensors
}

/// The network as a NumPy archive.
///
/// # Errors
/// If the archive would be larger than its format allows.
pub fn to_npz(network: &[DenseLayer], precision: Precision) -> io::Result<Vec<u8>> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for (name, shape, bytes) in tensors(network, precision) {
        let large = bytes.len() as u64 >= u64::from(u32::MAX) - 1024;
        archive.start_file(format!("{name}.npy"), options.large_file(large)).map_err(io::Error::other)?;
        archive.write_all(&npy_header(&shape, precision))?;
        archive.write_all(&bytes)?;
    }
    Ok(archive.finish().map_err(io::Error::other)?.into_inner())
}

/// Magic, version 1.0, length and a Python dictionary, padded to a multiple of 64 bytes.
fn npy_header(shape: &[usize], precision: Precision) -> Vec<u8> {
    const ALIGNMENT: usize = 64;
    let kind = if precision == Precision::Single { "<f4" } else { "<f8" };
    let dimensions: String = shape.iter().map(|n| format!("{n}, ")).collect();
    // A tuple of one has a comma, one of two needs none after the last.
    let dimensions = if shape.len() == 1 { dimensions.trim_end() } else { dimensions.trim_end_matches(", ") };
    let mut text = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({dimensions}), }}");
    let prefix = 10;
    let padding = (ALIGNMENT - (prefix + text.len() + 1) % ALIGNMENT) % ALIGNMENT;
    text.extend(std::iter::repeat_n(' ', padding));
    text.push('\n');
    let length = u16::try_from(text.len()).expect("a short text").to_le_bytes();
    [b"\x93NUMPY\x01\x00", &length[..], text.as_bytes()].concat()
}

/// The network in the format of the crate and Python package `safetensors`, with a few words of metadata.
///
/// # Errors
/// If the format does not allow it.
pub fn to_safetensors(network: &[DenseLayer], precision: Precision, metadata: &[(&str, String)]) -> io::Result<Vec<u8>> {
    let kind = if precision == Precision::Single { Dtype::F32 } else { Dtype::F64 };
    let tensors = tensors(network, precision);
    let views = tensors.iter().map(|(name, shape, bytes)| Ok((name, TensorView::new(kind, shape.clone(), bytes)?)));
    let views: Vec<_> = views.collect::<Result<_, safetensors::SafeTensorError>>().map_err(io::Error::other)?;
    let metadata: HashMap<String, String> = metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    safetensors::serialize(views, Some(metadata)).map_err(io::Error::other)
}

/// The number of weights and biases, and with it the size of what [`draw_network`] makes.
#[must_use]
pub fn parameters(ensemble: &Ensemble) -> f64 {
    ensemble.widths().all().windows(2).map(|pair| float(pair[1]) * (float(pair[0]) + 1.0)).sum()
}
