/// What the collector has answered.
struct ShopReply {
    /// As it came.
    let text: String
    let value: ShopValue
    /// Of an export: the place behind it, and whether there is more.
    var cursor: Int64?
    var hasMore = false
}
