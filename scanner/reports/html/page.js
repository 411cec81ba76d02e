'use strict';
(function () {
  /* Marks that change the direction of reading are not shown: a name must look like what it is. */
  const data = JSON.parse(document.getElementById('data').textContent, (key, value) =>
    typeof value === 'string' ? value.replace(/[\u202a-\u202e\u2066-\u2069]/g, '?') : value);
  const states = data.states, marks = {}, rank = {};
  states.forEach((state, i) => { marks[state.mark] = state; rank[state.mark] = state.rank; });
  const rowHeight = 24, spare = 12;
  const $ = (id) => document.getElementById(id);
  const make = (name, text, className) => {
    const element = document.createElement(name);
    if (text !== undefined && text !== null) element.textContent = text;
    if (className) element.className = className;
    return element;
  };

  /* ---- what is asked for; the address keeps it ---- */
  const wishes = { q: '', ou: '', region: '', control: '', severity: '', sort: 'worst', states: '' };
  function readAddress() {
    const given = new URLSearchParams(location.hash.slice(1));
    Object.keys(wishes).forEach((name) => { wishes[name] = given.get(name) || (name === 'sort' ? 'worst' : ''); });
  }
  /* Other addresses lead to a part of the page. */
  const holdsFilters = () => location.hash.length < 2 || location.hash.includes('=');
  function writeAddress() {
    const kept = new URLSearchParams();
    Object.keys(wishes).forEach((name) => { if (wishes[name] && !(name === 'sort' && wishes[name] === 'worst')) kept.set(name, wishes[name]); });
    history.replaceState(null, '', '#' + kept.toString());
  }

  /* ---- rows ---- */
  const severities = ['low', 'medium', 'high', 'critical'];
  const worstOf = (row) => {
    let worst = -1;
    for (const mark of row.cells) worst = Math.max(worst, rank[mark] + (marks[mark].looked ? 0 : 50) + (mark === 'F' ? 100 : 0));
    return worst;
  };
  data.accounts.forEach((row, i) => { row.index = i; row.worst = worstOf(row); row.text = (row.id + ' ' + (row.name || '') + ' ' + (row.ou || '')).toLowerCase(); });
  /* Cells with findings of a control or severity: "row,column". */
  function cellsWith(control, severity) {
    const found = new Set();
    for (const key of Object.keys(data.details)) {
      for (const resource of data.details[key].resources || []) {
        for (const finding of resource.findings) {
          const named = data.controls[finding[0]];
          if (finding[1] !== 0 && (!control || named.id === control) && (!severity || named.severity === severity)) found.add(key);
        }
      }
    }
    return found;
  }
  let rows = [], chosen = null, columns = [];
  function choose() {
    const wanted = new Set(wishes.states ? wishes.states.split(',') : []), q = wishes.q.trim().toLowerCase();
    columns = data.regions.map((name, i) => i).filter((i) => !wishes.region || data.regions[i] === wishes.region);
    chosen = wishes.control || wishes.severity ? cellsWith(wishes.control, wishes.severity) : null;
    const shows = (row, column) => (wanted.size === 0 || wanted.has(marks[row.cells[column]].name)) && (!chosen || chosen.has(row.index + ',' + column));
    let list = data.accounts.filter((row) => (!q || row.text.includes(q)) && (!wishes.ou || row.ou === wishes.ou || (row.ou || '').startsWith(wishes.ou + '/')) &&
      ((wanted.size === 0 && !chosen) || columns.some((column) => shows(row, column))));
    const by = { worst: (a, b) => b.worst - a.worst || (a.id < b.id ? -1 : 1), id: (a, b) => (a.id < b.id ? -1 : 1),
      name: (a, b) => (a.name || '').localeCompare(b.name || '') || (a.id < b.id ? -1 : 1) }[wishes.sort] || (() => 0);
    list.sort(wishes.sort === 'ou' ? (a, b) => (a.ou || '').localeCompare(b.ou || '') || b.worst - a.worst : by);
    if (wishes.sort === 'ou') {
      const grouped = [];
      let unit = null;
      for (const row of list) {
        if (row.ou !== unit) grouped.push({ unit: row.ou || 'not known' });
        unit = row.ou;
        grouped.push(row);
      }
      list = grouped;
    }
    rows = list;
    rows.shows = shows;
    const count = rows.filter((row) => !row.unit).length;
    $('count').textContent = count.toLocaleString() + ' of ' + data.accounts.length.toLocaleString() + ' accounts';
  }

  /* ---- the matrix: only what is visible is drawn ---- */
  const viewport = $('viewport'), body = $('body'), head = $('head');
  let from = -1, to = -1, at = { row: 0, column: 0 };
  function drawHead() {
    head.textContent = '';
    head.append(make('th', 'Account'));
    head.firstChild.scope = 'col';
    for (const column of columns) {
      const th = make('th');
      th.scope = 'col';
      th.append(make('span', data.regions[column]));
      head.append(th);
    }
  }
  /* Of a cell that was assessed only in part: the state of the rest. */
  const partOf = (row, column) => row.parts && row.parts[column] ? marks[row.parts[column]] : null;
  /* The accepted gap that covers a cell. */
  function gapOf(row, column) {
    const run = (row.gaps || []).find(([first, count]) => column >= first && column < first + count);
    return run ? data.gaps[run[2]] : null;
  }
  function drawRow(i) {
    const row = rows[i], tr = make('tr');
    tr.setAttribute('aria-rowindex', i + 2);
    const th = make('th', row.unit ? row.unit : row.id + (row.name ? ' ' + row.name : ''));
    th.scope = 'row';
    th.title = row.unit ? row.unit : (row.ou || '') + (row.reason ? ': ' + row.reason : '') + (row.note ? ' (' + row.note + ')' : '');
    tr.append(th);
    if (row.unit) { tr.className = 'unit'; th.colSpan = columns.length + 1; return tr; }
    columns.forEach((column, place) => {
      const state = marks[row.cells[column]], part = partOf(row, column), gap = gapOf(row, column);
      const name = state.name + (part ? ', assessed only in part' : '') + (gap ? ', accepted gap ' + gap.name : '');
      const td = make('td', state.mark, 's-' + state.name + (part ? ' part' : '') + (rows.shows(row, column) ? '' : ' dim'));
      td.dataset.row = i;
      td.dataset.place = place;
      td.tabIndex = i === at.row && place === at.column ? 0 : -1;
      td.setAttribute('aria-label', (row.name || row.id) + ', ' + data.regions[column] + ': ' + name + ', ' + state.meaning);
      td.title = (row.name || row.id) + ', ' + data.regions[column] + ': ' + name;
      tr.append(td);
    });
    return tr;
  }
  function spacer(count) {
    const tr = make('tr'), td = make('td');
    tr.setAttribute('aria-hidden', 'true');
    td.colSpan = columns.length + 1;
    td.style.height = count * rowHeight + 'px';
    td.style.cursor = 'default';
    tr.append(td);
    return tr;
  }
  function draw(force) {
    const first = Math.max(0, Math.floor(viewport.scrollTop / rowHeight) - spare);
    const last = Math.min(rows.length, first + Math.ceil(viewport.clientHeight / rowHeight) + 2 * spare);
    if (!force && first === from && last === to) return;
    from = first; to = last;
    const parts = document.createDocumentFragment();
    if (first > 0) parts.append(spacer(first));
    for (let i = first; i < last; i++) parts.append(drawRow(i));
    if (last < rows.length) parts.append(spacer(rows.length - last));
    body.replaceChildren(parts);
  }
  function redraw() {
    choose();
    at = { row: Math.max(0, rows.findIndex((row) => !row.unit)), column: 0 };
    $('matrix').setAttribute('aria-rowcount', rows.length + 1);
    $('matrix').setAttribute('aria-colcount', columns.length + 1);
    drawHead();
    draw(true);
    draw(false);  // the rows may have made the viewport higher
  }
  let asked = false;
  viewport.addEventListener('scroll', () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => { asked = false; draw(false); });
  });
  window.addEventListener('resize', () => draw(true));
  window.addEventListener('beforeprint', () => {
    const shown = rows.slice(0, 1000);
    body.replaceChildren(...shown.map((row, i) => drawRow(i)));
    from = -1;
  });
  window.addEventListener('afterprint', () => draw(true));

  /* ---- moving and opening ---- */
  function focusAt(row, column) {
    if (rows.length === 0) return;
    at = { row: Math.min(rows.length - 1, Math.max(0, row)), column: Math.min(columns.length - 1, Math.max(0, column)) };
    const top = at.row * rowHeight, headHeight = head.parentNode.offsetHeight;
    if (top < viewport.scrollTop) viewport.scrollTop = top;
    else if (top + rowHeight > viewport.scrollTop + viewport.clientHeight - headHeight) viewport.scrollTop = top + rowHeight - viewport.clientHeight + headHeight;
    draw(true);
    const cell = body.querySelector('td[data-row="' + at.row + '"][data-place="' + at.column + '"]');
    if (cell) cell.focus();
  }
  body.addEventListener('keydown', (event) => {
    const step = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], PageDown: [20, 0], PageUp: [-20, 0],
      Home: [0, -1e6], End: [0, 1e6] }[event.key];
    if (step) {
      let row = at.row + step[0];
      while (rows[row] && rows[row].unit) row += step[0] < 0 ? -1 : 1;
      focusAt(row, at.column + step[1]);
      event.preventDefault();
    } else if (event.key === 'Enter' || event.key === ' ') {
      open(at.row, at.column);
      event.preventDefault();
    }
  });
  body.addEventListener('click', (event) => {
    const cell = event.target.closest('td[data-row]');
    if (!cell) return;
    at = { row: Number(cell.dataset.row), column: Number(cell.dataset.place) };
    draw(true);
    open(at.row, at.column);
  });
  const verdicts = ['passes', 'FAILS', 'unknown'];
  /* The address holds the filters, so this is no link. */
  function aboutButton(id) {
    const button = make('button', 'About this control', 'noprint');
    button.type = 'button';
    button.setAttribute('aria-label', 'About the control ' + id);
    button.addEventListener('click', () => {
      const about = $('about-' + id);
      about.open = true;
      about.scrollIntoView();
      about.firstElementChild.focus();
    });
    return button;
  }
  function describe(resource, list) {
    list.append(make('h3', data.kinds[resource.kind] + ' ' + resource.id));
    list.append(make('p', resource.arn || '', 'quiet'));
    if (resource.relations) list.append(make('p', resource.relations, 'quiet'));
    const ul = make('ul');
    for (const finding of resource.findings) {
      const control = data.controls[finding[0]], li = make('li');
      li.append(make('b', verdicts[finding[1]]), ' ' + control.id + ' (' + control.severity + '): ' + data.texts[finding[2]]);
      if (finding[5] !== null) li.append(' Covered by exception ' + data.texts[finding[5]] + '.');
      if (finding[1] !== 0 && $('about-' + control.id)) li.append(' ', aboutButton(control.id));
      li.append(make('br'), make('code', data.texts[finding[3]]), make('br'), make('span', 'request ' + data.texts[finding[4]], 'quiet'));
      ul.append(li);
    }
    list.append(ul);
  }
  function open(row, place) {
    const account = rows[row];
    if (!account || account.unit) return;
    const column = columns[place], state = marks[account.cells[column]], detail = data.details[account.index + ',' + column] || {};
    const panel = $('details');
    panel.hidden = false;
    panel.replaceChildren(make('h2', account.id + ' ' + (account.name || '') + ', ' + data.regions[column]));
    panel.append(make('p', state.name + ': ' + state.meaning + '.'));
    const gap = gapOf(account, column);
    if (gap) panel.append(make('p', 'Accepted gap ' + gap.name + ': accepted by ' + gap.owner + ' until ' + gap.expires + ': ' + gap.reason + (gap.ticket ? ' (' + gap.ticket + ')' : '')));
    const part = partOf(account, column), reason = detail.reason !== undefined ? data.texts[detail.reason] : state.looked ? '' : account.reason;
    if (part) panel.append(make('p', 'Assessed only in part, ' + part.name + ': ' + (reason || part.meaning)));
    else if (reason) panel.append(make('p', 'Why: ' + reason));
    if (account.note) panel.append(make('p', 'Note: ' + account.note, 'quiet'));
    if (detail.request) panel.append(make('p', 'Request ' + detail.request, 'quiet'));
    if (detail.passing) panel.append(make('p', detail.passing.toLocaleString() + ' findings pass; `neptune-scan show ' + account.id + ' ' + data.regions[column] + '` lists them.', 'quiet'));
    for (const resource of detail.resources || []) describe(resource, panel);
    const close = make('button', 'Close', 'noprint');
    close.type = 'button';
    close.addEventListener('click', () => { panel.hidden = true; focusAt(at.row, at.column); });
    panel.append(close);
    panel.focus();
    panel.scrollIntoView({ block: 'nearest' });
  }
  $('details').addEventListener('keydown', (event) => {
    if (event.key === 'Escape') { $('details').hidden = true; focusAt(at.row, at.column); }
  });

  /* ---- filters ---- */
  function fill(select, values, all) {
    select.append(new Option(all, ''));
    values.forEach((value) => select.append(new Option(value, value)));
  }
  const units = new Set();
  data.accounts.forEach((row) => {
    const parts = (row.ou || '').match(/(\\.|[^/\\])+/g) || [];  // a slash inside a name follows a backslash
    parts.forEach((part, i) => units.add('/' + parts.slice(0, i + 1).join('/')));
  });
  fill($('ou'), [...units].sort(), 'all OUs');
  fill($('region'), data.regions, 'all regions');
  fill($('control'), data.controls.map((control) => control.id), 'all controls');
  fill($('severity'), severities, 'all severities');
  const present = new Set();
  data.accounts.forEach((row) => { for (const mark of row.cells) present.add(mark); });
  states.filter((state) => present.has(state.mark)).forEach((state) => {
    const label = make('label'), box = make('input');
    box.type = 'checkbox';
    box.value = state.name;
    label.append(box, state.mark + ' ' + state.name);
    $('states').append(label);
  });
  function showWishes() {
    ['q', 'ou', 'region', 'control', 'severity', 'sort'].forEach((name) => { $(name).value = wishes[name]; });
    const wanted = new Set(wishes.states.split(','));
    $('states').querySelectorAll('input').forEach((box) => { box.checked = wanted.has(box.value); });
  }
  $('filters').addEventListener('input', () => {
    ['q', 'ou', 'region', 'control', 'severity', 'sort'].forEach((name) => { wishes[name] = $(name).value; });
    wishes.states = [...$('states').querySelectorAll('input:checked')].map((box) => box.value).join(',');
    viewport.scrollTop = 0;
    redraw();
    writeAddress();
  });
  $('reset').addEventListener('click', () => {
    location.hash = '';
    readAddress(); showWishes(); redraw();
  });
  window.addEventListener('hashchange', () => {
    if (!holdsFilters()) return;
    readAddress(); showWishes(); redraw();
  });
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[href*="="]');
    if (link && link.getAttribute('href')[0] === '#') $('matrix-section').scrollIntoView();
  });

  const started = $('started'), local = new Date(started.dateTime);
  started.after(' (' + local.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' }) + ' local time)');
  window.page = { data, marks, make, gapOf };
  readAddress();
  showWishes();
  redraw();
})();
