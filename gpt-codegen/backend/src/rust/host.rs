//! What a level says of hosts that write its entries in parts, and what keeps some hosts out.

use proc_macro2::TokenStream;
use quote::quote;

use gpt_language::host::gate::Gate;
use gpt_language::host::{Host, format_refusal, gate, summary};
use gpt_language::model::LevelId;

use super::plan::Plan;

/// The widest entries that every host changes in one step.
const ALWAYS_ATOMIC_BITS: u32 = 32;

/// The gate of entries that some host writes in parts.
pub(super) fn gate_bits(plan: &Plan<'_>, level: LevelId) -> Option<Gate> {
    (plan.format.level(level).entry_bits > ALWAYS_ATOMIC_BITS).then(|| gate::gate(plan.format, level))
}

/// An error on each host for which there is no order in which entries can be written.
pub(super) fn refusals(plan: &Plan<'_>) -> TokenStream {
    let refusals = Host::ALL.iter().filter_map(|(_, host)| {
        let (why, on) = (format_refusal(plan.format, *host)?, condition(*host));
        Some(quote! {
            #[cfg(#on)]
            compile_error!(#why);
        })
    });
    quote!(#(#refusals)*)
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
    let wide = |host: Host| plan.format.levels.iter().any(|level| level.entry_bits > host.atomic_bits);
    let hosts = [Host::BITS_64, Host::BITS_32].into_iter().filter(|host| wide(*host));
    let texts: Vec<String> = hosts.map(|host| summary(plan.format, host)).collect();
    if texts.is_empty() {
        return Vec::new();
    }
    let text = texts.join("\n");
    let lines = text.lines().map(|line| format!(" {line}"));
    [String::new(), " ```text".to_owned()].into_iter().chain(lines).chain([" ```".to_owned()]).collect()
}
