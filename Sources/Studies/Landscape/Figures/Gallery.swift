import Foundation
import LoamRuns

/// One self-contained page: quadrics that turn under the pointer, with trajectories and a slider for time.
enum Gallery {
    private struct Entry: Encodable {
        var title: String
        var c: Double
        var frozen: Int
        var reached: Bool
        var path: [[Double]]
    }

    /// The page. `times` are those of the points of every path.
    static func html(_ panels: [QuadricPicture.Panel], times: [Double]) throws -> String {
        let entries = panels.map { panel in
            Entry(
                title: panel.title, c: panel.c, frozen: panel.frozenSign ?? 0, reached: panel.isReached,
                path: panel.path.map { [($0.x * 1e5).rounded() / 1e5, ($0.y * 1e5).rounded() / 1e5, ($0.z * 1e5).rounded() / 1e5] })
        }
        let data = String(decoding: try JSONEncoder().encode(entries), as: UTF8.self)
        let clock = String(decoding: try JSONEncoder().encode(times.map { ($0 * 1e4).rounded() / 1e4 }), as: UTF8.self)
        return page.replacing("/*DATA*/", with: data).replacing("/*TIMES*/", with: clock)
    }

    private static let page = """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>Invariant quadrics under gradient flow</title>
        <style>
        body{font:15px/1.45 system-ui,sans-serif;margin:1.5rem;color:#1a1a1b;background:#fff}
        main{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:1rem}
        figure{margin:0;border:1px solid #ddd;border-radius:8px;padding:.5rem}
        figcaption{font-size:13px;text-align:center}canvas{width:100%;touch-action:none;cursor:grab}
        .controls{position:sticky;top:0;background:#fff;padding:.5rem 0;display:flex;gap:1rem;align-items:center}
        input[type=range]{flex:1}
        </style></head><body>
        <h1>Where gradient flow can go</h1>
        <p>Each hidden neuron (w, a) of a ReLU network stays on the quadric ‖w‖² − a² = c of its start. With c &lt; 0 the quadric falls into
        two sheets and the sign of a is frozen: the grey sheet is out of reach for ever. Drag to turn; green paths reach the optimum,
        orange ones are obstructed.</p>
        <div class="controls"><button id="play">play</button><input id="time" type="range" min="0" max="1000" value="1000">
        <output id="clock"></output></div><main id="main"></main>
        <script>
        const runs=/*DATA*/, times=/*TIMES*/;
        let az=-1.08, el=.3; const views=[];
        function project(p,s,cx,cy){const ca=Math.cos(az),sa=Math.sin(az),ce=Math.cos(el),se=Math.sin(el);
          return [cx+s*(-sa*p[0]+ca*p[1]), cy-s*(-se*ca*p[0]-se*sa*p[1]+ce*p[2]), ce*ca*p[0]+ce*sa*p[1]+se*p[2]];}
        function mesh(c,L){const f=[],S=36,R=12,pt=(r,t,a)=>[r*Math.cos(t),r*Math.sin(t),a];
          for(let s=0;s<S;s++){const p=2*Math.PI*s/S,q=2*Math.PI*(s+1)/S;
            if(c<=0){for(const g of [1,-1])for(let i=0;i<R;i++){const r=L*i/R,t=L*(i+1)/R,a=g*Math.sqrt(r*r-c),b=g*Math.sqrt(t*t-c);
              f.push([[pt(r,p,a),pt(t,p,b),pt(t,q,b),pt(r,q,a)],c<0?g:0]);}}
            else for(let i=0;i<2*R;i++){const a=L*(i/R-1),b=L*((i+1)/R-1),r=Math.sqrt(c+a*a),t=Math.sqrt(c+b*b);
              f.push([[pt(r,p,a),pt(t,p,b),pt(t,q,b),pt(r,q,a)],0]);}}
          return f;}
        for(const run of runs){const fig=document.createElement('figure'),cv=document.createElement('canvas'),cap=document.createElement('figcaption');
          cv.width=cv.height=600;cap.textContent=run.title;fig.append(cv,cap);document.getElementById('main').append(fig);
          let L=1.1*Math.max(1,Math.sqrt(Math.abs(run.c))*1.15,...run.path.map(p=>Math.max(Math.hypot(p[0],p[1]),Math.abs(p[2]))));
          views.push({run,cv,L,faces:mesh(run.c,L),scale:250/Math.hypot(L,L)});
          cv.onpointermove=e=>{if(e.buttons){az-=e.movementX*.01;el=Math.max(-1.5,Math.min(1.5,el+e.movementY*.01));draw();}};}
        function draw(){const n=times.length,i=Math.max(1,Math.round((n-1)*slider.value/1000));clock.textContent='t = '+times[i];
          for(const v of views){const g=v.cv.getContext('2d');g.clearRect(0,0,600,600);const items=[];
            for(const [f,sheet] of v.faces){const q=f.map(p=>project(p,v.scale,300,300)),d=q.reduce((s,p)=>s+p[2],0)/4;
              const grey=v.run.frozen&&sheet&&sheet!==v.run.frozen;items.push([d,()=>{g.beginPath();q.forEach((p,k)=>k?g.lineTo(p[0],p[1]):g.moveTo(p[0],p[1]));
              g.closePath();g.fillStyle=grey?'rgba(190,190,198,.35)':'rgba(110,170,235,.33)';g.fill();g.strokeStyle='rgba(90,90,110,.16)';g.stroke();}]);}
            const color=v.run.reached?'#009E73':'#D55E00',path=v.run.path.slice(0,i+1).map(p=>project(p,v.scale,300,300));
            for(let k=1;k<path.length;k++)items.push([(path[k-1][2]+path[k][2])/2+.3,()=>{g.beginPath();g.moveTo(path[k-1][0],path[k-1][1]);
              g.lineTo(path[k][0],path[k][1]);g.strokeStyle=color;g.lineWidth=4;g.stroke();g.lineWidth=1;}]);
            items.sort((a,b)=>a[0]-b[0]);for(const it of items)it[1]();
            for(const [p,fill] of path.length?[[path[0],'#000'],[path[path.length-1],color]]:[]){g.beginPath();g.arc(p[0],p[1],8,0,7);g.fillStyle=fill;g.fill();}}}
        const slider=document.getElementById('time'),clock=document.getElementById('clock');slider.oninput=draw;
        let timer;document.getElementById('play').onclick=()=>{clearInterval(timer);slider.value=0;
          timer=setInterval(()=>{slider.value=+slider.value+8;draw();if(+slider.value>=1000)clearInterval(timer);},40);};
        draw();
        </script></body></html>
        """
}
