//! Coefficients as integer codes: `β_j ≈ ω c_j`.
//!
//! With `ω = 2τ/(sM)` each of the `s` coefficients is off by at most `ω/2`, and `|κ| ≤ M` on the points in question (Cauchy–Schwarz), so every value of the function by at most `sMω/2 = τ`, apart from the rounding
//! errors of the sum itself. The codes are written with the least width that holds them all.

use super::error::{KernelError, positive};

/// The largest code: integers up to it are floats.
const LARGEST: f64 = 9_007_199_254_740_992.0;

/// Integer codes and their unit.
#[derive(Debug, Clone, PartialEq)]
pub struct Codes {
    /// The unit `ω`.
    pub unit: f64,
    /// The codes `c_j`.
    pub codes: Vec<i64>,
}

impl Codes {
    /// Rounds coefficients so that values move by at most `tolerance`, where the kernel is at most `bound`.
    ///
    /// # Errors
    /// [`KernelError::Setting`] if the tolerance is not positive, or so small that codes exceed 2⁵³.
    pub fn round(coefficients: &[f64], tolerance: f64, bound: f64) -> Result<Self, KernelError> {
        let unit = 2.0 * positive("the rounding tolerance", tolerance)? / (coefficients.len().max(1) as f64 * bound);
        let codes = coefficients.iter().map(|beta| (beta / unit).round());
        #[expect(clippy::cast_possible_truncation, reason = "an integer of at most 53 bits")]
        let codes: Option<Vec<i64>> = codes.map(|code| (code.abs() <= LARGEST).then_some(code as i64)).collect();
        let codes = codes.ok_or(KernelError::Setting {
            name: "the rounding tolerance",
            range: "so large that the codes have at most 53 bits (or take a larger ridge, or a smaller norm bound)",
            value: tolerance,
        })?;
        Ok(Codes { unit, codes })
    }

    /// `ω c_j`.
    #[must_use]
    pub fn coefficients(&self) -> Vec<f64> {
        self.codes.iter().map(|&code| self.unit * code as f64).collect()
    }

    /// How many bits each code has: the least `b` with `2^b ≥ 2c + 1` for the largest magnitude `c`.
    #[must_use]
    pub fn width(&self) -> u32 {
        let largest = self.codes.iter().map(|code| code.unsigned_abs()).max().unwrap_or(0);
        u64::BITS - (2 * largest).leading_zeros()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: by hand: ω = 2·0.5/(2·1).
    #[test]
    fn codes_and_their_width() {
        let codes = Codes::round(&[1.2, -3.8], 0.5, 1.0).unwrap();
        assert_eq!((codes.unit, codes.codes.as_slice(), codes.width()), (0.5, [2, -8].as_slice(), 5));
        for (codes, width) in [(vec![0], 0), (vec![1], 2), (vec![-3, 3], 3), (vec![4], 4)] {
            assert_eq!(Codes { unit: 1.0, codes }.width(), width);
        }
        assert!(Codes::round(&[1.0], 0.0, 1.0).is_err() && Codes::round(&[1e300], 1e-3, 1.0).is_err());
    }
}
