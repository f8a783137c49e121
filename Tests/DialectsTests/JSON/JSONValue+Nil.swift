import Dialects

/// Lets tests write JSON as it looks. Not in the product: there a `nil` behind `??` or `?:` would quietly become a null.
extension JSONValue: ExpressibleByNilLiteral {
    package init(nilLiteral: ()) { self = .null }
}
