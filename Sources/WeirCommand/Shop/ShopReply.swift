/// What the collector has answered.
struct ShopReply {
    /// As it came.
    let text: String
    let value: ShopValue
}
