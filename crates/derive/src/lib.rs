//! Derives the reader of a document type from the definition that serde writes it from, so that
//! each field is named once.

use proc_macro::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Data, DeriveInput, Error, Field, Fields, Meta, Token, Type, parse_macro_input};

/// Derives `Readable`, by the macro `fields!` for a struct and by `cases!` for an enum without
/// values.
///
/// A field may be missing from a document when it is an `Option`, or when serde's attribute
/// `skip_serializing_if` can leave it out. All other fields are required.
#[proc_macro_derive(Readable)]
pub fn readable(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    read(&input).unwrap_or_else(|error| error.to_compile_error()).into()
}

fn read(input: &DeriveInput) -> Result<proc_macro2::TokenStream, Error> {
    let name = &input.ident;
    match &input.data {
        Data::Struct(data) if matches!(data.fields, Fields::Named(_)) => {
            let mut required = Vec::new();
            let mut optional = Vec::new();
            for field in &data.fields {
                let list = if may_be_left_out(field)? { &mut optional } else { &mut required };
                list.push(&field.ident);
            }
            Ok(quote!(::dreaming_records::fields! { #name: #(#required),*; #(#optional),* }))
        }
        Data::Enum(data) if data.variants.iter().all(|case| case.fields.is_empty()) => {
            let cases = data.variants.iter().map(|case| &case.ident);
            Ok(quote!(::dreaming_records::cases! { #name: #(#cases),* }))
        }
        _ => Err(Error::new_spanned(
            name,
            "only structs with named fields and enums without values are read so",
        )),
    }
}

fn may_be_left_out(field: &Field) -> Result<bool, Error> {
    let is_option = match &field.ty {
        Type::Path(of) => of.path.segments.last().is_some_and(|last| last.ident == "Option"),
        _ => false,
    };
    let mut is_skipped = false;
    for attribute in field.attrs.iter().filter(|attribute| attribute.path().is_ident("serde")) {
        let all = attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated)?;
        is_skipped |= all.iter().any(|one| one.path().is_ident("skip_serializing_if"));
    }
    Ok(is_option || is_skipped)
}
