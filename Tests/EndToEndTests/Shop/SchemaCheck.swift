import Foundation

/// Holds a JSON value against a schema, as far as the API's document uses JSON Schema.
enum SchemaCheck {
    /// What is wrong, and where; nil for nothing.
    static func flaw(of value: Any, _ schema: [String: Any], at place: String = "") -> String? {
        if let any = schema["anyOf"] as? [[String: Any]] {
            return any.contains { flaw(of: value, $0) == nil } ? nil : "\(place): none of \(any.count)"
        }
        switch schema["type"] as? String {
        case "object": return object(value, schema, place)
        case "array":
            guard let values = value as? [Any] else { return "\(place): no list" }
            let items = schema["items"] as? [String: Any] ?? [:]
            return values.enumerated().lazy.compactMap { flaw(of: $0.element, items, at: "\(place)[\($0.offset)]") }
                .first
        case "string": return text(value, schema, place)
        case "integer":
            guard let number = value as? NSNumber, !isFlag(number), number.stringValue.allSatisfy({ $0 != "." }) else {
                return "\(place): no whole number"
            }
            if let least = schema["minimum"] as? NSNumber, number.int64Value < least.int64Value {
                return "\(place): too low"
            }
            if let most = schema["maximum"] as? NSNumber, number.int64Value > most.int64Value {
                return "\(place): too high"
            }
            return nil
        case "boolean": return (value as? NSNumber).map(isFlag) == true ? nil : "\(place): neither true nor false"
        case "null": return value is NSNull ? nil : "\(place): not null"
        default: return nil
        }
    }

    private static func isFlag(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }

    private static func object(_ value: Any, _ schema: [String: Any], _ place: String) -> String? {
        guard let object = value as? [String: Any] else { return "\(place): no object" }
        let properties = schema["properties"] as? [String: [String: Any]] ?? [:]
        for name in schema["required"] as? [String] ?? [] where object[name] == nil {
            return "\(place).\(name): missing"
        }
        for (name, value) in object {
            guard let property = properties[name] else {
                // An object of no declared fields holds anything.
                if properties.isEmpty { continue }
                return "\(place).\(name): not declared"
            }
            if let flaw = flaw(of: value, property, at: "\(place).\(name)") { return flaw }
        }
        return nil
    }

    private static func text(_ value: Any, _ schema: [String: Any], _ place: String) -> String? {
        guard let text = value as? String else { return "\(place): no text" }
        if let words = schema["enum"] as? [String], !words.contains(text) {
            return "\(place): \(text) is none of \(words)"
        }
        if let pattern = schema["pattern"] as? String, text.range(of: pattern, options: .regularExpression) == nil {
            return "\(place): \(text) is not of \(pattern)"
        }
        if let least = schema["minLength"] as? Int, text.count < least { return "\(place): too short" }
        if let most = schema["maxLength"] as? Int, text.count > most { return "\(place): too long" }
        if schema["format"] as? String == "date-time",
            text.range(of: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$", options: .regularExpression)
                == nil
        {
            return "\(place): \(text) is no time"
        }
        return nil
    }
}
