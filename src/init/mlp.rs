//! A fully connected network with ReLUs, a softmax and cross-entropy, trained by plain stochastic gradient descent, in single precision.
//!
//! For a batch `X` of columns the forward pass is `X_l = max(0, W_l X_{l−1} + b_l)`, the last layer without the maximum; with `P` the softmax of its columns and `Y` the labels as unit columns, the gradient of the mean
//! cross-entropy is `G_L = (P − Y)/n`, `G_{l−1} = W_lᵀ G_l ⊙ [X_{l−1} > 0]`, and the step is `W_l ← W_l − η G_l X_{l−1}ᵀ`, `b_l ← b_l − η G_l 1`. The products are those of `relus-dense`: layers of a hundred units are too small for anything that a training library
//! adds. A step costs `6·Σ N_l N_{l−1}` operations a sample.

use super::weights::DenseLayer;
use relus_dense::{Matrix32, multiply_single};

/// A network in training, with the room its passes need.
#[derive(Debug)]
pub(super) struct Mlp {
    weights: Vec<Matrix32>,
    biases: Vec<Vec<f32>>,
    /// The input and the outputs of all layers.
    signals: Vec<Matrix32>,
}

impl Mlp {
    #[expect(clippy::cast_possible_truncation, reason = "training is in single precision")]
    pub(super) fn new(network: &[DenseLayer]) -> Self {
        let weights =
            network.iter().map(|layer| Matrix32::from_fn(layer.weight.nrows(), layer.weight.ncols(), |i, j| layer.weight[(i, j)] as f32)).collect();
        let biases = network.iter().map(|layer| layer.bias.iter().map(|&b| b as f32).collect()).collect();
        Mlp { weights, biases, signals: Vec::new() }
    }

    /// The values of the last layer, a column for each input.
    fn forward(&mut self, input: Matrix32) -> &Matrix32 {
        self.signals.clear();
        self.signals.push(input);
        let last = self.weights.len() - 1;
        for (l, (weight, bias)) in self.weights.iter().zip(&self.biases).enumerate() {
            let before = &self.signals[l];
            let mut signal = Matrix32::zeros(weight.nrows(), before.ncols());
            multiply_single(&mut signal, false, weight.view(), before.view(), 1.0);
            for j in 0..signal.ncols() {
                let column = signal.column_mut(j);
                for (value, b) in column.iter_mut().zip(bias) {
                    let h = *value + b;
                    *value = if l == last { h } else { h.max(0.0) };
                }
            }
            self.signals.push(signal);
        }
        &self.signals[last + 1]
    }

    /// The number of inputs whose largest output is that of their label; outputs that are no numbers are wrong.
    pub(super) fn correct(&mut self, inputs: &Matrix32, labels: &[usize]) -> usize {
        let outputs = self.forward(inputs.clone());
        let right = |(j, &label): (usize, &usize)| {
            let column = outputs.column(j);
            column.iter().all(|value| value.is_finite()) && column.iter().enumerate().all(|(i, &value)| i == label || value < column[label])
        };
        labels.iter().enumerate().filter(|&pair| right(pair)).count()
    }

    /// One step of gradient descent on a batch; the mean cross-entropy before it.
    pub(super) fn step(&mut self, inputs: Matrix32, labels: &[usize], rate: f32) -> f32 {
        let mut gradient = self.forward(inputs).clone();
        let mut loss = 0.0;
        #[expect(clippy::cast_precision_loss, reason = "a batch is small")]
        let share = 1.0 / labels.len() as f32;
        for (j, &label) in labels.iter().enumerate() {
            let column = gradient.column_mut(j);
            let largest = column.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f32 = column.iter().map(|value| (value - largest).exp()).sum();
            loss += (largest + sum.ln() - column[label]) * share;
            column.iter_mut().for_each(|value| *value = (*value - largest).exp() / sum * share);
            column[label] -= share;
        }
        for l in (0..self.weights.len()).rev() {
            let before = &self.signals[l];
            let next = (l > 0).then(|| {
                let mut next = Matrix32::zeros(before.nrows(), before.ncols());
                multiply_single(&mut next, false, self.weights[l].transposed(), gradient.view(), 1.0);
                for j in 0..next.ncols() {
                    for (value, x) in next.column_mut(j).iter_mut().zip(before.column(j)) {
                        if *x <= 0.0 {
                            *value = 0.0;
                        }
                    }
                }
                next
            });
            multiply_single(&mut self.weights[l], true, gradient.view(), before.transposed(), -rate);
            for j in 0..gradient.ncols() {
                self.biases[l].iter_mut().zip(gradient.column(j)).for_each(|(b, g)| *b -= rate * g);
            }
            if let Some(next) = next {
                gradient = next;
            }
        }
        loss
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::init::{Ensemble, Scheme, Units, draw_network};

    /// Origin: the gradient by differences of the loss, in the one direction of a step: with a small rate the loss falls by rate times the squared gradient, which the step itself shows.
    #[test]
    fn a_step_follows_the_gradient() {
        let ensemble = Ensemble::new("3,5,4,3".parse().unwrap(), Scheme::He, &[0.1], Units::Linear).unwrap();
        let network = draw_network(&ensemble, 4);
        let inputs = Matrix32::from_fn(3, 6, |i, j| ((7 * i + 5 * j) % 11) as f32 / 5.0 - 1.0);
        let labels = [0, 1, 2, 2, 1, 0];
        let mut mlp = Mlp::new(&network);
        let rate = 1e-2f32;
        let before = mlp.step(inputs.clone(), &labels, rate);
        let mut square = 0.0f32;
        for (l, layer) in network.iter().enumerate() {
            let (rows, columns) = layer.weight.shape();
            for i in 0..rows {
                for j in 0..columns {
                    square += ((mlp.weights[l][(i, j)] - layer.weight[(i, j)] as f32) / rate).powi(2);
                }
                square += ((mlp.biases[l][i] - layer.bias[i] as f32) / rate).powi(2);
            }
        }
        let after = mlp.step(inputs.clone(), &labels, 0.0);
        assert!(((before - after) / (rate * square) - 1.0).abs() < 0.1, "{before} {after} {square}");
        // One entry of each layer by itself.
        for l in 0..3 {
            let mut shifted = network.clone();
            let h = 1e-2;
            let mut at = |sign: f64| {
                shifted[l].weight[(1, 2)] = network[l].weight[(1, 2)] + sign * h;
                Mlp::new(&shifted).step(inputs.clone(), &labels, 0.0)
            };
            let numeric = (at(1.0) - at(-1.0)) / (2.0 * h as f32);
            let mut moved = Mlp::new(&network);
            moved.step(inputs.clone(), &labels, 1.0);
            let gradient = network[l].weight[(1, 2)] as f32 - moved.weights[l][(1, 2)];
            assert!((numeric - gradient).abs() < 2e-3 * (1.0 + gradient.abs()), "{l}: {numeric} {gradient}");
        }
        assert!(Mlp::new(&network).correct(&inputs, &labels) <= 6);
    }
}
