/// The collector's name and version.
package enum CollectorVersion {
    package static let name = "weir-collector 0.1.0"
}
