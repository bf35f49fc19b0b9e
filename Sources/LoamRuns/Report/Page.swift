/// The frame of every page: style, light and dark colours, phone and print layouts. Nothing is loaded from anywhere.
enum Page {
    static func html(title: String, body: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>\(HTML.escape(title))</title>
        <style>
        \(style)
        </style>
        </head>
        <body>
        \(body)
        </body>
        </html>

        """
    }

    static let style = """
        :root { color-scheme: light dark; --page: #fbfaf7; --card: #ffffff; --ink: #1d1d1f; --soft: #62625f; --line: #e3e0d8; --grid: #d9d9da;
          --accent: #0b6b4f; --good: #0a6b48; --good-back: #dff2e9; --bad: #a8320b; --bad-back: #fbe6dd; --note: #4a5560; --note-back: #e9edf1; }
        @media (prefers-color-scheme: dark) { :root { --page: #161715; --card: #1f201e; --ink: #ecebe6; --soft: #a5a49e; --line: #363733; --grid: #3d3e3b;
          --accent: #6fd0ab; --good: #83dcb4; --good-back: #17382b; --bad: #ffab88; --bad-back: #47210f; --note: #c0cad4; --note-back: #2b3138; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
          overflow-wrap: anywhere; }
        main { max-width: 1080px; margin: 0 auto; padding: 28px 24px 64px; }
        header { border-bottom: 1px solid var(--line); padding-bottom: 20px; margin-bottom: 24px; }
        .crumb { color: var(--accent); font-weight: 600; font-size: 14px; letter-spacing: .02em; margin: 0 0 4px; }
        h1 { font-size: 30px; line-height: 1.2; margin: 0 0 8px; font-weight: 650; letter-spacing: -.01em; }
        h2 { font-size: 20px; margin: 36px 0 12px; font-weight: 650; }
        h3 { font-size: 16px; margin: 0 0 8px; font-weight: 650; }
        p { margin: 6px 0; max-width: 78ch; }
        .soft, figcaption, .paper { color: var(--soft); font-size: 14.5px; }
        a { color: var(--accent); }
        .chips { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 14px; }
        .chip, .verdict { display: inline-block; padding: 2px 11px; border-radius: 999px; font-size: 13.5px; font-weight: 600; background: var(--note-back);
          color: var(--note); white-space: nowrap; }
        .passed { background: var(--good-back); color: var(--good); }
        .failed { background: var(--bad-back); color: var(--bad); }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; }
        .warnings { border-left: 4px solid #e69f00; margin: 0 0 20px; }
        .warnings ul { margin: 4px 0 0; padding-left: 20px; }
        table { border-collapse: collapse; width: 100%; font-size: 14.5px; }
        th { text-align: left; font-size: 12.5px; font-weight: 600; color: var(--soft); padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line); }
        td { padding: 8px 12px 8px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        tr:last-child td { border-bottom: 0; }
        td.number { font-variant-numeric: tabular-nums; white-space: nowrap; }
        th.number { white-space: nowrap; }
        td.source { color: var(--soft); }
        code, pre { font: 13.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
        pre { overflow-x: auto; margin: 8px 0 0; white-space: pre-wrap; }
        figure { margin: 0 0 20px; }
        figure .plot { overflow-x: auto; }
        figure svg { display: block; width: 100%; height: auto; margin: 0 auto; }
        figcaption { margin-top: 8px; max-width: 78ch; }
        .links { font-size: 13.5px; margin-top: 6px; }
        .missing { padding: 40px 16px; text-align: center; color: var(--soft); border: 1px dashed var(--line); border-radius: 8px; }
        .plot-area { fill: none; pointer-events: all; outline-offset: 2px; }
        .cell-mark { fill: none; stroke: #000; stroke-width: 1.6; pointer-events: none; outline: 1.5px solid #fff; }
        .hover-card .heading { font-weight: 650; margin: 0 0 6px; }
        .hover-card .pair { display: flex; align-items: center; gap: 12px; margin: 4px 0; }
        .hover-card .pair span { flex: 0 0 104px; color: var(--soft); font-size: 13.5px; }
        .hover-card i { image-rendering: pixelated; flex: none; }
        .hover-card .text { color: var(--soft); font-size: 13.5px; margin: 6px 0 0; }
        .hover-card.floating { display: none; position: fixed; z-index: 2; pointer-events: none; background: var(--card); border: 1px solid var(--line);
          border-radius: 10px; box-shadow: 0 6px 24px rgb(0 0 0 / .25); padding: 10px 14px; }
        details { margin-top: 12px; }
        summary { cursor: pointer; font-weight: 600; font-size: 20px; margin: 28px 0 12px; }
        .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(310px, 1fr)); gap: 18px; }
        .grid .card { display: flex; flex-direction: column; text-decoration: none; color: inherit; }
        .grid .card:hover { border-color: var(--accent); }
        .thumbnail { aspect-ratio: 640 / 420; overflow: hidden; margin-bottom: 10px; display: flex; align-items: center; justify-content: center; }
        .thumbnail svg { width: 100%; height: 100%; }
        footer { margin-top: 48px; color: var(--soft); font-size: 13.5px; border-top: 1px solid var(--line); padding-top: 14px; }
        @media (max-width: 700px) {
          main { padding: 18px 14px 40px; }
          h1 { font-size: 24px; }
          .card { padding: 12px; }
          figure svg { min-width: var(--natural); }
          table.wide, table.wide tbody { display: block; width: 100%; }
          table.wide thead { display: none; }
          table.wide tr { display: flex; flex-wrap: wrap; align-items: baseline; column-gap: 14px; border-bottom: 1px solid var(--line); padding: 9px 0; }
          table.wide tr:last-child { border-bottom: 0; }
          table.wide td { border: 0; padding: 1px 0; white-space: normal; }
          table.wide td:not([data-label]) { flex-basis: 100%; }
          table.wide td.source { order: 1; flex-basis: 100%; font-size: 13px; }
          table.wide td.number::before { content: attr(data-label); margin-right: 6px; color: var(--soft); font-size: 13px; }
          .grid { grid-template-columns: 1fr; }
        }
        @media print {
          :root { --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc; --grid: #ddd; --accent: #000; }
          main { max-width: none; padding: 0; }
          .card { border: 0; padding: 0; }
          figure, tr { break-inside: avoid; }
          .links { display: none; }
          details > * { display: block; }
        }
        """
}
