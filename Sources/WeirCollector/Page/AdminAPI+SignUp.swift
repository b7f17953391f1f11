import WeirStore

/// Signing up with the page's form: the same as `POST /v1/signups`, under nobody's token.
extension AdminAPI {
    /// Makes a consumer, its contract and its key. The same form again gives the same key.
    ///
    /// - Returns: the key.
    func signUp(_ form: SignUpForm, _ body: [UInt8], at seconds: Int64) async throws -> String {
        let fields = try Fields(form.call, BoughtEndpoints.signUpFields)
        let call = Call(
            principal: .stranger, parameters: [:], query: Fields(), fields: fields, now: seconds, mint: mint, list: "",
            place: "")
        let key = "\(Principal.stranger.id)\n\(form.values["once"] ?? "")"
        let (_, answer) = try await write(call, key, TokenDigest.hex(form.call.string)) {
            call, catalogue throws(StoreError) in try BoughtEndpoints.signUp(call, catalogue, buysFreely: true)
        }
        await changed()
        guard case .text(let text) = try JSONParser.parse(answer)["subscription"]?["key"]?["key"] else {
            throw StoreError(.failed, "a sign-up gave no key")
        }
        return text
    }
}

extension Principal {
    /// Somebody who signs up on the page. No token is theirs.
    static let stranger = Principal(id: "sign-up form", scope: .consumer, subject: "")
}
