//! What a level says of hosts that write its entries in parts, and what keeps some hosts out.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use gpt_language::host::gate::Gate;
use gpt_language::host::{Host, format_refusal, gate, summary};
use gpt_language::model::LevelId;

use super::plan::Plan;
use super::rows::push_item;

/// The widest entries that every host changes in one step.
const ALWAYS_ATOMIC_BITS: u32 = 32;

/// The gate of entries that some host writes in parts.
pub(super) fn gate_bits(plan: &Plan<'_>, level: LevelId) -> Option<Gate> {
    let wide = plan.format.level(level).entry_bits > ALWAYS_ATOMIC_BITS;
    if wide { Some(gate::gate(plan.format, level)) } else { None }
}

/// An error on each host for which there is no order in which entries can be written.
pub(super) fn refusals(plan: &Plan<'_>) -> TokenStream {
    let mut refusals = TokenStream::new();
    for (_, host) in Host::ALL {
        let Some(why) = format_refusal(plan.format, *host) else { continue };
        let on = condition(*host);
        let refusal = quote! {
            #[cfg(#on)]
            compile_error!(#why);
        };
        refusal.to_tokens(&mut refusals);
    }
    refusals
}

/// What the compiler knows a host by.
fn condition(host: Host) -> TokenStream {
    match (host.atomic_bits, host.part_bits) {
        (64, 64) => quote!(target_pointer_width = "64"),
        (64, _) => quote!(all(target_has_atomic = "64", not(target_pointer_width = "64"))),
        _ => quote!(not(target_has_atomic = "64")),
    }
}

/// Documentation on the hosts that write entries in parts, if there are any.
pub(super) fn about(plan: &Plan<'_>) -> Vec<String> {
    let mut widest = 0;
    for level in &plan.format.levels {
        widest = widest.max(level.entry_bits);
    }
    let mut text = String::new();
    for host in &[Host::BITS_64, Host::BITS_32] {
        if widest > host.atomic_bits {
            push_item(&mut text, "\n", &summary(plan.format, *host));
        }
    }
    let mut lines = Vec::new();
    if !text.is_empty() {
        lines.push(String::new());
        lines.push(" ```text".to_owned());
        for line in text.lines() {
            lines.push(format!(" {line}"));
        }
        lines.push(" ```".to_owned());
    }
    lines
}
