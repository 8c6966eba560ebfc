//! What is true of requests and cannot be written beside a field: which fields stand for each
//! other, and that no text holds U+0000.

use utoipa::openapi::{
    Components, OpenApi, RefOr,
    path::{Operation, Parameter, PathItem},
    schema::{
        AdditionalProperties, ArrayItems, Object, OneOf, OneOfBuilder, Schema, SchemaType, Type,
    },
};

/// How the patterns of texts begin that can be almost any.
const ALMOST_ANY: &str = "^[^\\u0000";
/// What whoever browses sees of such a text, instead of what its pattern happens to allow.
const EXAMPLE: &str = "文字";

/// Requests that hold exactly one of several sets of fields.
const ALTERNATIVES: [(&str, &[&[&str]]); 5] = [
    ("Confirmation", &[&["award", "record"], &["award", "resident", "period"], &["record"]]),
    ("SanctionWanted", &[&["resident"], &["community"]]),
    ("DeductionAsked", &[&["document"], &["pay_code"]]),
    ("DeductionWanted", &[&["document"], &["pay_code"]]),
    ("Sought", &[&["document"], &["phone"], &["name"], &["code"]]),
];

/// No text of a database holds U+0000.
const TEXT: &str = "^[^\\u0000]*$";
/// Nor does one that has to say something.
const SOMETHING: (&str, &str) = ("\\S", "^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$");

/// Says of all requests what no derived schema does.
pub(super) fn make(api: &mut OpenApi) {
    if let Some(components) = &mut api.components {
        alternatives(components);
        for schema in components.schemas.values_mut() {
            if let RefOr::T(Schema::OneOf(one_of)) = schema {
                one_key(one_of);
            }
            texts(schema);
        }
    }
    let operations = api.paths.paths.values_mut().flat_map(operations);
    for parameter in operations.filter_map(|operation| operation.parameters.as_mut()).flatten() {
        if let RefOr::T(Parameter { schema: Some(RefOr::T(schema)), .. }) = parameter {
            text(schema);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.put, &mut item.post, &mut item.delete, &mut item.patch]
        .into_iter()
        .flatten()
}

fn alternatives(components: &mut Components) {
    for (name, sets) in ALTERNATIVES {
        if let Some(RefOr::T(schema)) = components.schemas.get_mut(name)
            && let Schema::Object(object) = schema
        {
            *schema = Schema::OneOf(either(object, sets));
        }
    }
}

/// A form of the object for each set of fields: with these, and without those of the others.
fn either(object: &Object, sets: &[&[&str]]) -> OneOf {
    let form = |set: &&[&str]| {
        let mut form = object.clone();
        for field in sets.iter().copied().flatten() {
            if !set.contains(field) {
                form.properties.remove(*field);
            } else if let Some(schema) = form.properties.get_mut(*field)
                && !form.required.iter().any(|known| known == field)
            {
                form.required.push((*field).to_owned());
                *schema = given(schema);
            }
        }
        form
    };
    sets.iter().map(form).fold(OneOfBuilder::new(), OneOfBuilder::item).build()
}

/// The schema of a field that is there, of one that need not be.
fn given(schema: &RefOr<Schema>) -> RefOr<Schema> {
    let mut schema = schema.clone();
    match &mut schema {
        RefOr::T(Schema::Object(object)) => object.schema_type = without_null(&object.schema_type),
        RefOr::T(Schema::OneOf(one_of)) => {
            let is_null = |item: &RefOr<Schema>| {
                matches!(item, RefOr::T(Schema::Object(object))
                    if object.schema_type == SchemaType::Type(Type::Null))
            };
            one_of.items.retain(|item| !is_null(item));
        }
        _ => {}
    }
    schema
}

fn without_null(kind: &SchemaType) -> SchemaType {
    match kind {
        SchemaType::Array(kinds) => {
            let mut kinds = kinds.iter().filter(|kind| **kind != Type::Null);
            kinds.next().map_or(SchemaType::AnyValue, |kind| SchemaType::Type(kind.clone()))
        }
        other => other.clone(),
    }
}

/// An object whose only key says what it is has no other keys.
fn one_key(one_of: &mut OneOf) {
    for item in &mut one_of.items {
        if let RefOr::T(Schema::Object(object)) = item
            && object.properties.len() == 1
        {
            let none = || Box::new(AdditionalProperties::FreeForm(false));
            object.additional_properties.get_or_insert_with(none);
        }
    }
}

/// Tells of every text in a body what it cannot hold.
fn texts(schema: &mut RefOr<Schema>) {
    let RefOr::T(schema) = schema else { return };
    match schema {
        Schema::Object(object) => {
            object.properties.values_mut().for_each(texts);
            if let Some(names) = &mut object.property_names {
                text(names);
            }
            let is_any = text(schema);
            if let Schema::Object(object) = schema
                && is_any
            {
                object.examples = vec![EXAMPLE.into()];
            }
        }
        Schema::Array(array) => {
            if let ArrayItems::RefOrSchema(items) = &mut array.items {
                texts(items);
            }
        }
        Schema::OneOf(one_of) => one_of.items.iter_mut().for_each(texts),
        Schema::AllOf(all_of) => all_of.items.iter_mut().for_each(texts),
        _ => {}
    }
}

/// Tells of a text what it cannot hold, and whether it can be almost any.
fn text(schema: &mut Schema) -> bool {
    let Schema::Object(object) = schema else { return false };
    if !is_free_text(object) {
        return false;
    }
    let pattern = object.pattern.get_or_insert_with(|| TEXT.to_owned());
    if pattern == SOMETHING.0 {
        SOMETHING.1.clone_into(pattern);
    }
    pattern.starts_with(ALMOST_ANY)
}

fn is_free_text(object: &Object) -> bool {
    let is_text = match &object.schema_type {
        SchemaType::Type(kind) => *kind == Type::String,
        SchemaType::Array(kinds) => kinds.contains(&Type::String),
        SchemaType::AnyValue => false,
    };
    is_text && object.format.is_none() && object.enum_values.is_none()
}
