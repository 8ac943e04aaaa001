// Comma-separated values, by the rules of framework/data/formats/csv.cpp and sources/numbers.cpp.
'use strict';

function textOf(bytes, name) {
  if (begins(bytes, 0, '\xff\xfe') || begins(bytes, 0, '\xfe\xff')) refuse(`${name}: this is UTF-16, expected UTF-8; save it in that encoding`);
  if (begins(bytes, 0, '\x1f\x8b')) refuse(`${name}: is compressed by gzip, expected a CSV; unpack it`);
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes); // leaves a byte order mark out
    if (!text.includes('\0')) return text;
  } catch { /* the sentence below says it */ }
  return refuse(`${name}: is no text in UTF-8, expected a CSV in that encoding`);
}

// `text` without what stands between quotes.
const unquoted = (text) => text.replace(/"[^"]*("|$)/g, '');

function delimiterOf(text, name) {
  const first = unquoted(text).split(/[\r\n]/).find((line) => line.trim() !== '') ?? '';
  const counts = [',', ';', '\t'].map((delimiter) => [delimiter, first.split(delimiter).length - 1]);
  const most = Math.max(...counts.map(([, count]) => count));
  if (most === 0) return first.trim().includes(' ') ? ' ' : ','; // of a table of one column any will do
  const found = counts.filter(([, count]) => count === most);
  if (found.length > 1) refuse(`${name}: its first row has several delimiters equally often, expected one of , ; and tab`);
  return found[0][0];
}

const QUOTED = /"((?:[^"]|"")*)"/y;

// Reads fields one by one; a field in quotes may hold delimiters, line ends, and quotes as "".
class CsvReader {
  constructor(text, delimiter, name) {
    Object.assign(this, { text, delimiter, name, at: 0, line: 1 });
  }

  get letter() { return this.text[this.at]; }
  get ended() { return this.at >= this.text.length; }
  get atLineEnd() { return this.ended || this.letter === '\n' || this.letter === '\r'; }

  skipBlanks() {
    while (!this.ended && (this.letter === ' ' || this.letter === '\t') && (this.letter !== this.delimiter || this.delimiter === ' ')) ++this.at;
  }

  skipLineEnd() {
    if (this.text.startsWith('\r\n', this.at)) ++this.at;
    ++this.at;
    ++this.line;
  }

  quotedField(refuseQuotes) {
    QUOTED.lastIndex = this.at;
    const found = QUOTED.exec(this.text) ?? refuseQuotes();
    this.at = QUOTED.lastIndex;
    this.line += found[1].split(/\r\n|\r|\n/).length - 1;
    const closed = this.at;
    this.skipBlanks();
    const separated = this.delimiter === ' ' ? this.at > closed : this.letter === this.delimiter;
    if (!this.atLineEnd && !separated) refuseQuotes();
    return found[1].replaceAll('""', '"');
  }

  field(refuseQuotes) {
    this.skipBlanks();
    if (this.letter === '"') return this.quotedField(refuseQuotes);
    const begin = this.at;
    while (!this.atLineEnd && this.letter !== this.delimiter && !(this.delimiter === ' ' && this.letter === '\t')) ++this.at;
    const field = this.text.slice(begin, this.at);
    if (field.includes('"')) refuseQuotes();
    return field.replace(/[ \t]+$/, '');
  }

  row() {
    const row = { line: this.line, fields: [] };
    const refuseQuotes = () => refuse(`${this.name}: row ${row.line}: its quotes are not in pairs; a field with quotes is written "a ""quoted"" word"`);
    for (;;) {
      row.fields.push(this.field(refuseQuotes));
      if (this.delimiter === ' ') this.skipBlanks();
      if (this.atLineEnd) return row;
      if (this.delimiter !== ' ') ++this.at;
    }
  }
}

// [{line, fields}]; rows are counted as editors count lines, and empty ones are left out.
function parseCsv(bytes, name) {
  const text = textOf(bytes, name);
  if (text.trim() === '') refuse(`${name}: holds no rows`);
  const reader = new CsvReader(text, delimiterOf(text, name), name), rows = [];
  while (!reader.ended) {
    reader.skipBlanks();
    if (!reader.atLineEnd) rows.push(reader.row());
    if (!reader.ended) reader.skipLineEnd();
  }
  return rows;
}

const isMissing = (cell) => ['', 'na', 'n/a', 'nan', 'null', '?'].includes(cell.toLowerCase());

// The number in a cell, rounded to 32 bits; `place` begins the sentence about another content.
function numberIn(cell, place) {
  const found = (fault) => refuse(`${place}: found '${cell}', expected a number${fault}`);
  if (/^[+-]?(inf|infinity)$/i.test(cell)) found('; it is not finite');
  if (/^[+-]?\d+(,\d+)+$/.test(cell)) found('; write a decimal point, and thousands without separators');
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(cell)) found('');
  const number = Math.fround(Number(cell));
  if (!Number.isFinite(number)) found('; it is too large for 32 bits');
  return number;
}
