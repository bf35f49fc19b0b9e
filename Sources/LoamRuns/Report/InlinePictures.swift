import Foundation

/// Pictures that a study's fragment names by their path in the run folder become part of the page.
enum InlinePictures {
    /// Only PNG files below the run folder are taken; what is missing is left out and says so.
    static func html(_ fragment: String, folder: RunFolder) -> String {
        fragment.replacing(/src="([^":?#]+\.png)"/) { match in
            let path = String(match.output.1)
            guard !path.hasPrefix("/"), !path.split(separator: "/").contains(".."),
                let data = try? Data(contentsOf: folder.url.appending(path: path))
            else { return "alt=\"missing: \(path)\"" }
            return "src=\"data:image/png;base64,\(data.base64EncodedString())\""
        }
    }
}
