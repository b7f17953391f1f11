/// Keeps a large value that cannot be copied at one address, so that lending it costs a pointer.
///
/// The compiler passes a large struct by copying its bits to the stack first; on the check path that was a fifth of the
/// time.
@safe package struct Heap<Value: ~Copyable>: ~Copyable {
    @usableFromInline let pointer: UnsafeMutablePointer<Value>

    package init(_ value: consuming Value) {
        unsafe pointer = .allocate(capacity: 1)
        unsafe pointer.initialize(to: value)
    }

    deinit {
        unsafe pointer.deinitialize(count: 1)
        unsafe pointer.deallocate()
    }

    package var value: Value {
        @inlinable
        @inline(__always)
        unsafeAddress { return unsafe UnsafePointer(pointer) }
        @inlinable
        @inline(__always)
        unsafeMutableAddress { return unsafe pointer }
    }
}

// It moves between threads with its owner, as its value would.
extension Heap: @unchecked Sendable where Value: Sendable, Value: ~Copyable {}
