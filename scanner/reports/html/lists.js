'use strict';
/*
 * Plain tables with a name: sorted, filtered, downloaded. The page has the first rows of two of them; all rows are
 * built from the data when a reader asks for them.
 */
(function () {
  const { data, marks, make, gapOf } = window.page;
  const severities = ['low', 'medium', 'high', 'critical'], step = 200, namedRegions = 6;
  const order = new Intl.Collator('en', { numeric: true });

  /* ---- rows: the texts of their cells, and what is drawn where it is more than text ---- */
  const account = (row) => row.id + ' ' + (row.name || '');
  function severityCell(name) {
    const td = make('td');
    td.append(make('span', name, 'severity ' + name));
    return td;
  }
  function reasonsCell(findings) {
    const td = make('td');
    findings.forEach((finding, i) => {
      const id = data.controls[finding[0]].id, link = make('a', id);
      link.href = '#about-' + id;
      td.append(...(i ? [make('br')] : []), link, ': ' + data.texts[finding[2]]);
    });
    return td;
  }
  function clusterOf(resource) {
    if (data.kinds[resource.kind] === 'cluster') return resource.id;
    const found = (resource.relations || '').match(/(?:^|, )cluster ([^ ,]+)/);
    return found ? found[1].slice(found[1].lastIndexOf(':') + 1) : '';
  }
  function failingRow(row, region, resource) {
    const failing = resource.findings.filter((finding) => finding[1] === 1 && finding[5] === null);
    if (failing.length === 0) return null;
    const worst = Math.max(...failing.map((finding) => severities.indexOf(data.controls[finding[0]].severity)));
    const why = failing.map((finding) => data.controls[finding[0]].id + ': ' + data.texts[finding[2]]).join('; ');
    return { rank: worst, place: [row.index, region, clusterOf(resource), resource.kind], arn: resource.arn || '', drawn: { 0: () => severityCell(severities[worst]), 5: () => reasonsCell(failing) },
      cells: [severities[worst], account(row), region, clusterOf(resource), data.kinds[resource.kind] + ' ' + resource.id, why] };
  }
  function failingRows() {
    const rows = [];
    for (const key of Object.keys(data.details)) {
      const [row, column] = key.split(',').map(Number);
      for (const resource of data.details[key].resources || []) {
        const one = failingRow(data.accounts[row], data.regions[column], resource);
        if (one) rows.push(one);
      }
    }
    return rows.sort((a, b) => b.rank - a.rank || a.place[0] - b.place[0] || (a.place[1] < b.place[1] ? -1 : a.place[1] > b.place[1] ? 1 : 0) ||
      (a.place[2] < b.place[2] ? -1 : a.place[2] > b.place[2] ? 1 : 0) || a.place[3] - b.place[3]);
  }
  /* The regions of an account with the same state, gap and reason; AWS's messages contain the region. */
  function causesOf(row) {
    const causes = new Map();
    data.regions.forEach((region, column) => {
      const state = marks[row.cells[column]], part = row.parts && row.parts[column] ? marks[row.parts[column]] : null;
      if (state.looked && !part) return;
      const detail = data.details[row.index + ',' + column] || {}, unassessed = part || state;
      const reason = (detail.reason === undefined ? row.reason : data.texts[detail.reason]) || unassessed.meaning;
      const gap = gapOf(row, column), label = unassessed.name + (part ? ', assessed only in part' : '') + (gap ? ', accepted gap ' + gap.name : ''), key = label + ' ' + reason.replaceAll(region, '*');
      if (!causes.has(key)) causes.set(key, { label, reason, regions: [] });
      causes.get(key).regions.push(region);
    });
    return [...causes.values()];
  }
  function regionsCell(regions) {
    const more = regions.length - namedRegions;
    return make('td', regions.length === data.regions.length && regions.length > 1 ? 'all ' + regions.length + ' regions'
      : regions.slice(0, namedRegions).join(', ') + (more > 0 ? ' and ' + more + ' more' : ''));
  }
  function unassessedRows() {
    return data.accounts.flatMap((row) => causesOf(row).map((cause) => ({ drawn: { 3: () => regionsCell(cause.regions) },
      cells: [cause.label, account(row), String(cause.regions.length), cause.regions.join(', '), cause.reason] })));
  }
  const built = { 'failing-resources': failingRows, 'cells-not-assessed': unassessedRows };

  /* ---- downloads ---- */
  /* RFC 4180; no cell is a formula, also where a semicolon begins a cell: the rules of the csv report. */
  const quoted = (text) => '"' + text.replaceAll('"', '""').replace(/(^|;)(?=[=+\-@\t\r])/g, "$1'") + '"';
  function download(name, headings, rows) {
    const lines = [headings, ...rows.map((row) => row.arn === undefined ? row.cells : [...row.cells, row.arn])];
    const blob = new Blob([lines.map((cells) => cells.map(quoted).join(',') + '\r\n').join('')], { type: 'text/csv' });
    const link = make('a');
    link.href = URL.createObjectURL(blob);
    link.download = name + '.csv';
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  /* ---- one table ---- */
  const keyOf = (text) => (severities.includes(text) ? severities.indexOf(text) : /^[\d,.]+( %)?$/.test(text) ? parseFloat(text.replaceAll(',', '')) : text);
  function compare(a, b) {
    const left = keyOf(a), right = keyOf(b);
    return typeof left === 'number' && typeof right === 'number' ? left - right : order.compare(a, b);
  }
  function drawRow(row) {
    if (row.tr) return row.tr;
    const tr = make('tr');
    row.cells.forEach((text, i) => tr.append(row.drawn[i] ? row.drawn[i]() : make('td', text, /^\d+$/.test(text) ? 'n' : '')));
    return tr;
  }
  function enhance(table) {
    const name = table.dataset.list, body = table.tBodies[0], section = table.closest('section'), rest = section.querySelector('.rest');
    const headings = [...table.tHead.rows[0].cells], names = headings.map((th) => th.textContent);
    const present = [...body.rows].map((tr) => ({ tr, cells: [...tr.cells].map((td) => td.textContent.trim()) }));
    let all = null, wanted = '', sorted = { column: -1, down: false }, shown = step, chosen = [];
    const status = make('span', '', 'quiet'), more = make('button', 'Show more'), save = make('button', 'Download CSV'), input = make('input');

    function choose() {
      if (!all) all = built[name] ? built[name]() : present;
      const words = wanted.toLowerCase().split(' ').filter(Boolean);
      chosen = all.filter((row) => words.every((word) => row.cells.some((cell) => cell.toLowerCase().includes(word))));
      if (sorted.column >= 0) {
        const sign = sorted.down ? -1 : 1;
        chosen = chosen.slice().sort((a, b) => sign * compare(a.cells[sorted.column], b.cells[sorted.column]));
      }
    }
    function draw() {
      choose();
      body.replaceChildren(...chosen.slice(0, shown).map(drawRow));
      status.textContent = chosen.length.toLocaleString('en') + ' of ' + all.length.toLocaleString('en') + ' rows' +
        (chosen.length > shown ? ', the first ' + shown.toLocaleString('en') + ' shown' : '');
      more.hidden = chosen.length <= shown;
      if (rest && built[name]) rest.hidden = true;
    }
    function sort(column) {
      sorted = { column, down: sorted.column === column && !sorted.down };
      headings.forEach((th, i) => { if (i === column) th.setAttribute('aria-sort', sorted.down ? 'descending' : 'ascending'); else th.removeAttribute('aria-sort'); });
      draw();
    }
    headings.forEach((th, i) => {
      const button = make('button', names[i]);
      button.type = 'button';
      button.addEventListener('click', () => sort(i));
      th.replaceChildren(button);
    });
    const tools = make('div', null, 'tools noprint');
    if (built[name] || present.length > 10) {
      const label = make('label', 'Filter');
      input.type = 'search';
      input.autocomplete = 'off';
      input.addEventListener('input', () => { wanted = input.value; shown = step; draw(); });
      label.append(input);
      tools.append(label);
    }
    save.type = more.type = 'button';
    save.addEventListener('click', () => { choose(); download(name, all.length && all[0].arn !== undefined ? [...names, 'ARN'] : names, chosen); });
    more.addEventListener('click', () => { shown += step; draw(); });
    more.hidden = true;
    status.setAttribute('role', 'status');
    tools.append(save, status);
    table.parentNode.before(tools);
    table.parentNode.after(more);
    more.className = 'noprint';
    return (text) => { if (input.value !== text) { input.value = wanted = text; shown = step; draw(); } };
  }

  const filters = {};
  document.querySelectorAll('table[data-list]').forEach((table) => { filters[table.closest('section').id] = enhance(table); });

  /* ---- links to lists and to controls ---- */
  function openTarget() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target || target.tagName !== 'DETAILS') return;
    target.open = true;
    target.scrollIntoView();
    target.firstElementChild.focus();
  }
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href^="#"]'), id = link ? link.getAttribute('href').slice(1) : '';
    if (filters[id] && !link.closest('nav')) filters[id](link.dataset.filter || '');
    if (id && '#' + id === location.hash) openTarget();
  });
  window.addEventListener('hashchange', openTarget);
  openTarget();
  let closed = [];
  window.addEventListener('beforeprint', () => {
    closed = [...document.querySelectorAll('details.data:not([open])')];
    closed.forEach((details) => { details.open = true; });
  });
  window.addEventListener('afterprint', () => closed.forEach((details) => { details.open = false; }));
})();
