import HTTPTypes
import WeirStore

/// The OpenAPI 3.1 document of the endpoints.
enum OpenAPI {
    static func document(_ endpoints: [Endpoint]) -> JSONValue {
        var paths: [JSONMember] = []
        for endpoint in endpoints {
            let operation = JSONMember(
                name: endpoint.method.rawValue.lowercased(), value: self.operation(endpoint))
            if let place = paths.firstIndex(where: { $0.name == endpoint.path }) {
                paths[place].value = paths[place].value.with(.object([operation]))
            } else {
                paths.append(JSONMember(name: endpoint.path, value: .object([operation])))
            }
        }
        return [
            "openapi": "3.1.0",
            "info": [
                "title": "Weir", "version": "1",
                "description":
                    "Times are ISO 8601 in UTC; amounts are decimals in text, beside their currency; ids are opaque texts.",
            ],
            "servers": [["url": "/"]], "paths": .object(paths),
            "components": [
                "schemas": ["Problem": problem],
                "securitySchemes": ["token": ["type": "http", "scheme": "bearer"]],
            ],
        ]
    }

    private static let problem = Field.schema(of: [
        Field("type", .text(0...200), "about:blank"), Field("title", .text(1...200), "the status in words"),
        Field("status", .integer(400...599), "the status"),
        Field("detail", .text(0...100_000), "what was expected, and what to do"),
        Field(optional: "field", .text(1...200), "the first field that is wrong"),
        Field(
            optional: "errors",
            .list(
                .object([
                    Field("field", .text(1...200), "a field, parameter or header"),
                    Field("detail", .text(0...10_000), "what was expected of it"),
                ]), most: 1_000), "all that is wrong"),
    ])

    private static func operation(_ endpoint: Endpoint) -> JSONValue {
        var members: [JSONMember] = [
            JSONMember(name: "operationId", value: .text(endpoint.name)),
            JSONMember(name: "summary", value: .text(endpoint.summary)),
        ]
        if endpoint.scopes.isEmpty {
            members.append(JSONMember(name: "security", value: []))
        } else {
            let scopes = endpoint.scopes.map(\.rawValue).sorted()
            members.append(
                JSONMember(name: "description", value: .text("Tokens of scope \(scopes.joined(separator: " or ")).")))
            members.append(
                JSONMember(name: "security", value: [["token": .list(scopes.map(JSONValue.text))]]))
        }
        let parameters = self.parameters(endpoint)
        if !parameters.isEmpty { members.append(JSONMember(name: "parameters", value: .list(parameters))) }
        switch endpoint.body {
        case .fields(let fields) where !fields.isEmpty:
            members.append(
                JSONMember(
                    name: "requestBody",
                    value: [
                        "required": .bool(fields.contains(where: \.isRequired)),
                        "content": ["application/json": ["schema": Field.schema(of: fields)]],
                    ]))
        case .bytes(let type):
            members.append(
                JSONMember(
                    name: "requestBody",
                    value: ["required": true, "content": .object([JSONMember(name: type, value: [:])])]))
        case .fields, .none: break
        }
        members.append(JSONMember(name: "responses", value: responses(endpoint)))
        return .object(members)
    }

    private static func parameters(_ endpoint: Endpoint) -> [JSONValue] {
        var parameters: [JSONValue] = endpoint.parameters.map { name in
            ["name": .text(name), "in": "path", "required": true, "schema": FieldKind.reference.schema]
        }
        for field in endpoint.query + (endpoint.isList ? AdminAPI.paging : []) {
            parameters.append([
                "name": .text(field.name), "in": "query", "required": .bool(field.isRequired),
                "description": .text(field.meaning), "schema": field.kind.schema,
            ])
        }
        if endpoint.keying != .none {
            parameters.append([
                "name": "Idempotency-Key", "in": "header", "required": .bool(endpoint.keying == .required),
                "description":
                    "the same key and request again within a day: the same answer, and nothing is done twice",
                "schema": FieldKind.text(1...255).schema,
            ])
        }
        return parameters
    }

    private static func responses(_ endpoint: Endpoint) -> JSONValue {
        var members = endpoint.answers.map { answer in
            JSONMember(name: "\(answer.status.code)", value: response(answer))
        }
        members.append(
            JSONMember(
                name: "default",
                value: [
                    "description": "what was wrong",
                    "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
                ]))
        return .object(members)
    }

    private static func response(_ answer: Endpoint.Answering) -> JSONValue {
        let description: JSONValue = ["description": .text(answer.meaning)]
        func json(_ fields: [Field]) -> JSONValue {
            description.with(["content": ["application/json": ["schema": Field.schema(of: fields)]]])
        }
        switch answer.form {
        case .none: return description
        case .fields(let fields): return json(fields)
        case .page(let fields):
            return json([
                Field("data", .list(.object(fields), most: Int(Call.limits.upperBound)), "the page"),
                Field("next_cursor", .nullable(.text(1...512)), "the cursor of the next page; none: there is none"),
            ])
        case .bytes(let types):
            return description.with(["content": .object(types.map { JSONMember(name: $0, value: [:]) })])
        }
    }
}
