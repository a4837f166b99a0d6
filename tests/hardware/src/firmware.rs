//! Firmware that does nothing.

/// A PC's: `cli; hlt`, and a jump back to `hlt`, at the reset vector.
pub fn halting_firmware() -> Vec<u8> {
    let mut image = vec![0xf4; 0x10000];
    image.splice(0xfff0..0xfff4, [0xfa, 0xf4, 0xeb, 0xfd]);
    image
}
