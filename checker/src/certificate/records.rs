//! The numbers of a certificate: naturals in LEB128, integers in zigzag order, increasing lists by their differences.

use super::reason::Reason;
use dashu_int::{IBig, UBig};
use std::io::BufRead;

/// Longer numbers are refused.
const MAX_BYTES: usize = 1 << 16;

pub(super) struct Records<R> {
    pub(super) input: R,
}

impl<R: BufRead> Records<R> {
    pub(super) fn byte(&mut self) -> Result<u8, Reason> {
        let buffer = self.input.fill_buf()?;
        let byte = *buffer.first().ok_or(Reason::Truncated)?;
        self.input.consume(1);
        Ok(byte)
    }

    pub(super) fn natural(&mut self) -> Result<IBig, Reason> {
        self.number(IBig::from, |large| large)
    }

    pub(super) fn integer(&mut self) -> Result<IBig, Reason> {
        let small = |low: u128| if low & 1 == 1 { IBig::from(-((low >> 1) as i128) - 1) } else { IBig::from(low >> 1) };
        self.number(small, |large| if &large & IBig::ONE == IBig::ONE { -(large >> 1) - IBig::ONE } else { large >> 1 })
    }

    fn number(&mut self, small: impl Fn(u128) -> IBig, large: impl Fn(IBig) -> IBig) -> Result<IBig, Reason> {
        let mut low: u128 = 0;
        for digit in 0..18 {
            let byte = self.byte()?;
            low |= u128::from(byte & 127) << (7 * digit);
            if byte < 128 {
                return Ok(small(low));
            }
        }
        // Rarely: eight digits are seven bytes.
        let mut digits: Vec<u8> = (0..18).map(|digit| (low >> (7 * digit)) as u8 & 127).collect();
        loop {
            let byte = self.byte()?;
            digits.push(byte & 127);
            match byte {
                0..128 => break,
                _ if digits.len() == MAX_BYTES => return Err(Reason::NumberTooLong),
                _ => {}
            }
        }
        let group = |group: &[u8]| group.iter().enumerate().fold(0u64, |sum, (i, &digit)| sum | u64::from(digit) << (7 * i));
        let bytes: Vec<u8> = digits.chunks(8).flat_map(|digits| group(digits).to_le_bytes().into_iter().take(7)).collect();
        Ok(large(IBig::from(UBig::from_le_bytes(&bytes))))
    }

    pub(super) fn small(&mut self) -> Result<u64, Reason> {
        u64::try_from(&self.natural()?).map_err(|_| Reason::NumberTooLong)
    }

    /// A number below `limit`, which is how many `what` there are.
    pub(super) fn index(&mut self, limit: usize, what: &'static str) -> Result<usize, Reason> {
        self.next_index(None, limit, what)
    }

    /// The next of an increasing list of indices, given the one before.
    pub(super) fn next_index(&mut self, before: Option<usize>, limit: usize, what: &'static str) -> Result<usize, Reason> {
        let index = self.small()?.saturating_add(before.map_or(0, |before| before as u64 + 1));
        usize::try_from(index).ok().filter(|&i| i < limit).ok_or(Reason::Index { what, index, limit })
    }
}
