//! The numbers of a certificate: naturals in LEB128, integers in zigzag order, increasing lists by their differences.

use super::int::Int;
use super::reason::Reason;
use dashu_int::IBig;
use std::io::BufRead;

/// So many digits of seven bits fit into 64 bits.
const DIGITS: usize = 9;

/// Numbers of more than so many times 9 digits are refused: 258,048 bits.
const MAX_BLOCKS: usize = 1 << 12;

pub(super) struct Records<R> {
    pub(super) input: R,
}

impl<R: BufRead> Records<R> {
    pub(super) fn byte(&mut self) -> Result<u8, Reason> {
        let Some(&byte) = self.input.fill_buf()?.first() else { return Err(Reason::Truncated) };
        self.input.consume(1);
        Ok(byte)
    }

    /// The next digits of a natural, and whether it goes on.
    #[inline]
    fn digits(&mut self) -> Result<(u64, bool), Reason> {
        let mut digits = 0;
        for digit in 0..DIGITS {
            let byte = self.byte()?;
            digits |= u64::from(byte & 127) << (7 * digit);
            if byte < 128 {
                return Ok((digits, false));
            }
        }
        Ok((digits, true))
    }

    #[inline]
    pub(super) fn natural(&mut self) -> Result<Int, Reason> {
        let mut value = IBig::ZERO;
        for block in 0..MAX_BLOCKS {
            let (digits, goes_on) = self.digits()?;
            if block == 0 && !goes_on {
                return Ok(Int::Small(digits.into()));
            }
            value += IBig::from(digits) << (7 * DIGITS * block);
            if !goes_on {
                return Ok(Int::from(value));
            }
        }
        Err(Reason::NumberTooLong)
    }

    #[inline]
    pub(super) fn integer(&mut self) -> Result<Int, Reason> {
        Ok(match self.natural()? {
            Int::Small(value) => Int::Small((value >> 1) ^ -(value & 1)),
            Int::Below(value) | Int::Above(value) => Int::from((&value >> 1) ^ -(value & IBig::ONE)),
        })
    }

    pub(super) fn small(&mut self) -> Result<u64, Reason> {
        let Int::Small(value) = self.natural()? else { return Err(Reason::NumberTooLong) };
        u64::try_from(value).map_err(|_| Reason::NumberTooLong)
    }

    /// A number below `limit`, which is how many `what` there are.
    pub(super) fn index(&mut self, limit: usize, what: &'static str) -> Result<usize, Reason> {
        self.index_from(0, limit, what)
    }

    /// A list of indices in increasing order, each with what `entry` reads.
    pub(super) fn list<T>(
        &mut self,
        limit: usize,
        what: &'static str,
        mut entry: impl FnMut(&mut Self, usize) -> Result<T, Reason>,
    ) -> Result<Vec<(usize, T)>, Reason> {
        let mut list = Vec::new();
        for _ in 0..self.index(limit + 1, "size of a list")? {
            let index = self.index_from(list.last().map_or(0, |(before, _)| before + 1), limit, what)?;
            list.push((index, entry(self, index)?));
        }
        Ok(list)
    }

    fn index_from(&mut self, first: usize, limit: usize, what: &'static str) -> Result<usize, Reason> {
        let index = self.small()?.saturating_add(first as u64);
        usize::try_from(index).ok().filter(|&i| i < limit).ok_or(Reason::Index { what, index, limit })
    }
}
