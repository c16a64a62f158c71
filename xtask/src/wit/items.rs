//! Checks that every item of an interface has documentation and a version.

use wit_parser::{Docs, Interface, InterfaceId, Resolve, Stability, Type, TypeDef, TypeDefKind};
use wit_parser::{TypeOwner, WorldItem};

use crate::wit::wit_package::Package;

/// The items of a package without documentation or without `@since` (or `@unstable`), and the
/// interfaces that no world names, because only worlds are compared with baselines.
///
/// Fields and cases need documentation only; they are as old as their type, because adding one
/// breaks hosts. Imports and exports of a world are documented and dated at their interface.
pub fn lacking(package: &Package) -> Vec<String> {
    let Package { resolve, id } = package;
    let mut lacking = Lacking(Vec::new());
    let interfaces = &resolve.packages[*id].interfaces;
    let worlds = resolve.packages[*id].worlds.values().map(|world| &resolve.worlds[*world]);
    let mut named = Vec::new();
    for world in worlds {
        lacking.item(&world.name, &world.docs, &world.stability);
        for item in world.imports.values().chain(world.exports.values()) {
            match item {
                WorldItem::Interface { id, .. } => named.push(*id),
                WorldItem::Function(function) => {
                    let name = format!("{}.{}", world.name, function.name);
                    lacking.item(&name, &function.docs, &function.stability);
                }
                WorldItem::Type { id, .. } => {
                    lacking.type_(&world.name, resolve, &resolve.types[*id]);
                }
            }
        }
    }
    for (name, id) in interfaces {
        if !named.contains(id) {
            lacking.0.push(format!("{name}: no world imports or exports it"));
        }
        lacking.interface(name, resolve, *id);
    }
    lacking.0
}

struct Lacking(Vec<String>);

impl Lacking {
    fn interface(&mut self, name: &str, resolve: &Resolve, id: InterfaceId) {
        let Interface { types, functions, docs, stability, .. } = &resolve.interfaces[id];
        self.item(name, docs, stability);
        for function in functions.values() {
            let name = format!("{name}.{}", function.name);
            self.item(&name, &function.docs, &function.stability);
        }
        for id in types.values() {
            let type_ = &resolve.types[*id];
            if !is_use(resolve, type_) {
                self.type_(name, resolve, type_);
            }
        }
    }

    fn type_(&mut self, owner: &str, resolve: &Resolve, type_: &TypeDef) {
        if is_use(resolve, type_) {
            return;
        }
        let name = format!("{owner}.{}", type_.name.as_deref().unwrap_or_default());
        self.item(&name, &type_.docs, &type_.stability);
        let members: Vec<(&String, &Docs)> = match &type_.kind {
            TypeDefKind::Record(record) => {
                record.fields.iter().map(|field| (&field.name, &field.docs)).collect()
            }
            TypeDefKind::Variant(variant) => {
                variant.cases.iter().map(|case| (&case.name, &case.docs)).collect()
            }
            TypeDefKind::Enum(cases) => {
                cases.cases.iter().map(|case| (&case.name, &case.docs)).collect()
            }
            TypeDefKind::Flags(flags) => {
                flags.flags.iter().map(|flag| (&flag.name, &flag.docs)).collect()
            }
            _ => Vec::new(),
        };
        for (member, docs) in members {
            self.docs(&format!("{name}.{member}"), docs);
        }
    }

    fn item(&mut self, name: &str, docs: &Docs, stability: &Stability) {
        self.docs(name, docs);
        if stability.is_unknown() {
            self.0.push(format!("{name}: no `@since`"));
        }
    }

    fn docs(&mut self, name: &str, docs: &Docs) {
        if docs.contents.as_deref().unwrap_or_default().trim().is_empty() {
            self.0.push(format!("{name}: no documentation"));
        }
    }
}

/// Whether a type is only the `use` of a type of another interface.
fn is_use(resolve: &Resolve, type_: &TypeDef) -> bool {
    let TypeDefKind::Type(Type::Id(target)) = type_.kind else { return false };
    let owner = resolve.types[target].owner;
    owner != TypeOwner::None && owner != type_.owner
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lacking_in(text: &str) -> Vec<String> {
        lacking(&Package::parse("a.wit", text).unwrap())
    }

    #[test]
    fn the_interfaces_of_the_engine_lack_nothing() {
        let package = Package::read(&crate::steps::root().join("wit")).unwrap();
        assert_eq!(package.resolve.packages[package.id].interfaces.len(), 14);
        assert_eq!(lacking(&package), Vec::<String>::new());
    }

    #[test]
    fn every_sort_of_item_is_looked_at() {
        let bare = "package a:b@0.1.0;
            interface types { type time = s64; }
            interface all {
              use types.{time};
              record point { x: u8 }
              variant either { left, right(u8) }
              enum colour { red }
              flags rights { read }
              resource file { constructor(); size: func() -> time; make: static func() -> file; }
              call: func();
            }
            interface unused { call: func(); }
            world host { import all; import run: func(); }";
        let docs = |name: &str| format!("{name}: no documentation");
        let since = |name: &str| format!("{name}: no `@since`");
        let mut expected = vec!["unused: no world imports or exports it".to_owned()];
        for item in [
            "types",
            "types.time",
            "all",
            "all.point",
            "all.either",
            "all.colour",
            "all.rights",
            "all.file",
            "all.[constructor]file",
            "all.[method]file.size",
            "all.[static]file.make",
            "all.call",
            "unused",
            "unused.call",
            "host",
            "host.run",
        ] {
            expected.extend([docs(item), since(item)]);
        }
        for member in [
            "all.point.x",
            "all.either.left",
            "all.either.right",
            "all.colour.red",
            "all.rights.read",
        ] {
            expected.push(docs(member));
        }
        let mut found = lacking_in(bare);
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}
