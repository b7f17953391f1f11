/// What a collector says of one window.
package struct WindowReply: Equatable, Sendable, BitwiseCopyable {
    package var granted: Int64
    package var returned: Int64
    /// For how long the window may be spent, from when the call was made; 0 for no longer than before.
    package var seconds: Int64
    package var recall: Bool
    package var standing: CreditWindow.Standing
    /// The `sentAt` of the call that it answers.
    package var sentAt: Int64

    package init(
        granted: Int64, returned: Int64, seconds: Int64, recall: Bool, standing: CreditWindow.Standing, sentAt: Int64
    ) {
        self.granted = granted
        self.returned = returned
        self.seconds = seconds
        self.recall = recall
        self.standing = standing
        self.sentAt = sentAt
    }
}
