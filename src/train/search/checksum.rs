//! Checksums against files that were changed, cut off or mixed up (not against forgers).

use std::io::{self, Read, Write};

/// The 64-bit Fowler–Noll–Vo hash FNV-1a.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::train) struct Checksum(u64);

impl Default for Checksum {
    fn default() -> Self {
        Checksum(0xcbf2_9ce4_8422_2325)
    }
}

impl Checksum {
    pub(in crate::train) fn of(bytes: &[u8]) -> Self {
        let mut sum = Checksum::default();
        sum.add(bytes);
        sum
    }

    fn add(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Sixteen hexadecimal digits.
    pub(in crate::train) fn to_hex(self) -> String {
        format!("{:016x}", self.0)
    }

    /// The checksum that [`Checksum::to_hex`] wrote.
    pub(in crate::train) fn from_hex(text: &str) -> Option<Self> {
        u64::from_str_radix(text, 16).ok().map(Checksum).filter(|sum| sum.to_hex() == text)
    }
}

/// A writer that knows the checksum of all that went through it.
#[derive(Debug)]
pub(in crate::train) struct Summed<W> {
    pub(in crate::train) inner: W,
    pub(in crate::train) sum: Checksum,
}

impl<W> Summed<W> {
    pub(in crate::train) fn new(inner: W) -> Self {
        Summed { inner, sum: Checksum::default() }
    }
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.sum.add(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The checksum of the next `length` bytes of `input`; also of fewer, if there are no more.
pub(in crate::train) fn sum_of(input: &mut impl Read, length: u64) -> io::Result<Checksum> {
    let mut summed = Summed::new(io::sink());
    io::copy(&mut input.take(length), &mut summed)?;
    Ok(summed.sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Origin: the test vectors of the hash's authors (draft-eastlake-fnv).
    #[test]
    fn known_values() {
        assert_eq!(Checksum::of(b"").to_hex(), "cbf29ce484222325");
        assert_eq!(Checksum::of(b"a").to_hex(), "af63dc4c8601ec8c");
        assert_eq!(Checksum::of(b"foobar").to_hex(), "85944171f73967e8");
        assert_eq!(sum_of(&mut &b"foobarbaz"[..], 6).unwrap(), Checksum::of(b"foobar"));
    }
}
