//! The addresses in an entry are output addresses, and larger than what they point to.

use super::Lowered;
use super::findings::{ByLevel, clause};
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Class;

/// What is wrong with the reach of a layout.
#[derive(PartialEq)]
enum Finding {
    /// It has this many bits, more than an output address.
    Beyond(u32),
    /// It has this many bits, and a page two to the power of the second many bytes.
    NoRoom(u32, u32),
}

/// Finds reaches beyond the output address, and pages as large as the addresses of their entry reach.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let format = &lowered.format;
    for kind in &lowered.whole_kinds() {
        let mut findings = ByLevel::new();
        for layout in &kind.layouts {
            let (reach_bits, page_lg2) = (layout.reach_bits, format.page_lg2(layout));
            if reach_bits > format.output.bits {
                findings.add(Finding::Beyond(reach_bits), layout.level);
            } else if kind.class == Class::Page && page_lg2 >= reach_bits {
                findings.add(Finding::NoRoom(reach_bits, page_lg2), layout.level);
            }
        }
        for (finding, levels) in &findings.0 {
            let (clause, output_bits) = (clause(format, kind.layouts.len(), levels), format.output.bits);
            found.push(match finding {
                Finding::Beyond(bits) => {
                    let message =
                        format!("`{}`{clause} reaches {bits} bits, more than an output address has", kind.name);
                    Diagnostic::new("E0222", kind.span, message)
                        .and(format.output.span, format!("has {output_bits} bits"))
                        .help(format!("write `reach: {output_bits} bits` or fewer, or a wider `pa:`"))
                }
                Finding::NoRoom(bits, page_lg2) => {
                    let size = wording::size(*page_lg2);
                    let message = format!("a page of {size}{clause} is as large as all that {bits} address bits reach");
                    Diagnostic::new("E0222", kind.span, message)
                        .label(format!("covers {size}"))
                        .and(format.output.span, format!("has {output_bits} bits"))
                        .help("take the level out of the `at:` of this kind, or write a wider `pa:` or `reach:`")
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, kind, toy};

    #[test]
    fn a_reach_ends_with_the_output_address() {
        let mut format = toy();
        kind(&mut format, "page").layouts[0].reach_bits = 37;
        assert_eq!(codes(format.clone())[0], "E0222");
        kind(&mut format, "page").layouts[0].reach_bits = 12;
        assert_eq!(codes(format)[0], "E0222");
    }
}
