import Foundation

/// Pictures behind the cells of a heat map: pointing at a cell of the figure in the report, or moving with the arrow keys, shows what the
/// cell stands for.
public struct HoverMap: Sendable {
    /// The figure whose heat map it belongs to, and which of its panels, from 0.
    public let figure: String, panel: Int
    /// The cell centres, ascending, as in the heat map.
    public let x, y: [Double]
    /// One PNG of the run folder a column: a row of pictures for every `y`, the first on top.
    public let columns: [String]
    /// A PNG of the run folder with one row of pictures, shown above that of every cell.
    public let reference: String
    /// What stands beside the two rows.
    public let referenceLabel, cellLabel: String
    /// Width and height of one row of pictures, in pixels.
    public let rowWidth, rowHeight: Int
    /// The text of every cell, `captions[row][column]`; the first line is its heading.
    public let captions: [[String]]

    /// All members. Every column has a file, every cell a caption.
    public init(
        figure: String, panel: Int = 0, x: [Double], y: [Double], columns: [String], reference: String, referenceLabel: String,
        cellLabel: String, rowWidth: Int, rowHeight: Int, captions: [[String]]
    ) {
        precondition(
            columns.count == x.count && captions.count == y.count && captions.allSatisfy { $0.count == x.count },
            "HoverMap: \(columns.count) files and \(captions.count) rows of captions for \(x.count)×\(y.count) cells")
        self.figure = figure
        self.panel = panel
        self.x = x
        self.y = y
        self.columns = columns
        self.reference = reference
        self.referenceLabel = referenceLabel
        self.cellLabel = cellLabel
        self.rowWidth = rowWidth
        self.rowHeight = rowHeight
        self.captions = captions
    }

    private struct Geometry: Encodable {
        let x, y: [Double]
        let rowWidth, rowHeight: Int
        let captions: [[String]]
    }

    /// A fragment for ``RunContext/html(_:_:)``. Its pictures become part of the page when the report is written.
    public var html: String {
        let geometry = Geometry(x: x, y: y, rowWidth: rowWidth, rowHeight: rowHeight, captions: captions)
        // A closing tag inside the text would end the script element.
        let json = String(decoding: (try? JSON.encode(geometry)) ?? Data("{}".utf8), as: UTF8.self).replacing("<", with: "\\u003c")
        let pictures = columns.map { "<img hidden alt=\"\" class=\"column\" src=\"\(HTML.escape($0))\">" }.joined()
        return """
            <div class="hover-map" data-figure="\(HTML.escape(figure))" data-panel="\(panel)">
            <p>Point at a cell of the map “<a href="#figure-\(HTML.escape(figure))">\(HTML.escape(figure))</a>” above, tap it, or move over it with the
            arrow keys: what it stands for appears here and beside the pointer.</p>
            <div class="hover-card" role="status"><p class="heading"></p>
            <p class="pair"><span>\(HTML.escape(referenceLabel))</span><i class="reference"></i></p>
            <p class="pair"><span>\(HTML.escape(cellLabel))</span><i class="cell"></i></p><p class="text"></p></div>
            <img hidden alt="" class="reference-source" src="\(HTML.escape(reference))">\(pictures)
            <script type="application/json">\(json)</script>
            <script>\(Self.script)</script></div>
            """
    }

    /// Ties the card to the panel's plot area. The drawn file says where the area is and which values its edges have.
    private static let script = """
        (() => {
          const root = document.currentScript.parentElement, data = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
          const card = root.querySelector('.hover-card'), columns = [...root.querySelectorAll('img.column')];
          const figure = document.getElementById('figure-' + root.dataset.figure);
          const area = figure && figure.querySelector('.plot-area[data-panel="' + root.dataset.panel + '"]');
          const zoom = Math.max(1, Math.min(4, Math.floor(340 / data.rowWidth)));
          const show = (element, source, row) => {
            element.style.cssText = 'width:' + data.rowWidth * zoom + 'px;height:' + data.rowHeight * zoom + 'px;background:url(' + source
              + ') 0 ' + -row * data.rowHeight * zoom + 'px / ' + data.rowWidth * zoom + 'px auto no-repeat';
          };
          const fill = (element, column, row) => {
            const [heading, ...lines] = data.captions[row][column].split('\\n');
            element.querySelector('.heading').textContent = heading;
            element.querySelector('.text').textContent = lines.join(' · ');
            show(element.querySelector('.reference'), root.querySelector('.reference-source').src, 0);
            show(element.querySelector('.cell'), columns[column].src, row);
          };
          let place = [data.x.length - 1, data.y.length - 1];
          fill(card, ...place);
          if (!area) return;
          const tip = card.cloneNode(true);
          tip.classList.add('floating');
          tip.setAttribute('aria-hidden', 'true');
          document.body.append(tip);
          const ends = name => area.dataset[name].split(' ').map(Number);
          const [left, right] = ends('x'), [bottom, top] = ends('y');
          const edges = c => [...c.map((v, i) => i ? (v + c[i - 1]) / 2 : v - ((c[1] ?? v + 1) - v) / 2), c.at(-1) + (c.at(-1) - (c.at(-2) ?? c.at(-1) - 1)) / 2];
          const ex = edges(data.x), ey = edges(data.y);
          const box = ['x', 'y', 'width', 'height'].map(name => Number(area.getAttribute(name)));
          const mark = area.cloneNode();
          mark.removeAttribute('tabindex');
          mark.setAttribute('class', 'cell-mark');
          const clamp = (v, a, b) => Math.max(a, Math.min(b, v));
          const select = (column, row) => {
            place = [column, row];
            const px = v => box[0] + box[2] * (clamp(v, left, right) - left) / (right - left);
            const py = v => box[1] + box[3] * (top - clamp(v, bottom, top)) / (top - bottom);
            mark.setAttribute('x', px(ex[column]));
            mark.setAttribute('width', px(ex[column + 1]) - px(ex[column]));
            mark.setAttribute('y', py(ey[row + 1]));
            mark.setAttribute('height', py(ey[row]) - py(ey[row + 1]));
            area.before(mark);
            fill(card, column, row);
            fill(tip, column, row);
          };
          const float = (x, y) => {
            tip.style.display = 'block';
            const size = tip.getBoundingClientRect();
            tip.style.left = clamp(x + 18, 8, innerWidth - size.width - 8) + 'px';
            tip.style.top = (y + 22 + size.height > innerHeight ? y - size.height - 14 : y + 22) + 'px';
          };
          const index = (e, v) => clamp(e.findLastIndex(edge => edge <= v), 0, e.length - 2);
          area.addEventListener('pointermove', event => {
            const frame = area.getBoundingClientRect();
            select(index(ex, left + (right - left) * (event.clientX - frame.left) / frame.width),
              index(ey, top - (top - bottom) * (event.clientY - frame.top) / frame.height));
            float(event.clientX, event.clientY);
          });
          const hide = () => { tip.style.display = 'none'; };
          area.addEventListener('pointerleave', hide);
          addEventListener('scroll', hide, { passive: true });
          area.setAttribute('tabindex', '0');
          area.addEventListener('keydown', event => {
            const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
            if (!step) return;
            event.preventDefault();
            select(clamp(place[0] + step[0], 0, data.x.length - 1), clamp(place[1] + step[1], 0, data.y.length - 1));
          });
        })();
        """
}
