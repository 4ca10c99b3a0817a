import type { ComponentChildren, JSX } from 'preact';
import { useMemo, useState } from 'preact/hooks';

import type { Cell } from '../csv';
import { useWords } from '../words';
import { Nothing } from './figure';

export interface Column<R> {
  key: string;
  title: string;
  hint?: string;
  /** What it sorts by and what a file of it holds. */
  value(row: R): Cell;
  shown?(row: R): ComponentChildren;
  /** How its numbers are written; text if left out. */
  unit?: 'count' | 'rate' | 'length';
  /** Less important: left out where there is little room. */
  extra?: boolean;
  /** Another order than that of `value`. */
  order?(row: R): Cell;
}

interface Sort {
  key: string;
  descending: boolean;
}

const UNITS = { count: '', rate: ' (0–1)', length: ' (s)' };

/** The rows of a file: what the table shows, in its order. */
export function rowsOf<R>(columns: readonly Column<R>[], rows: readonly R[]): Cell[][] {
  const exact = (cell: Cell) => (typeof cell === 'number' ? Number(cell.toFixed(4)) : cell);
  const titles = columns.map(({ title, unit }) => `${title}${unit ? UNITS[unit] : ''}`);
  return [titles, ...rows.map((row) => columns.map((column) => exact(column.value(row))))];
}

/** Rows in order: what has no value comes last, whichever way it is sorted. */
function sorted<R>(rows: readonly R[], column: Column<R> | undefined, descending: boolean, language: string): R[] {
  if (!column) return [...rows];
  const order = new Intl.Collator(language, { numeric: true }).compare;
  const of = column.order ?? column.value;
  const keyed = rows.map((row) => ({ row, cell: of(row) }));
  keyed.sort((a, b) => {
    if (a.cell === null || b.cell === null) return Number(a.cell === null) - Number(b.cell === null);
    const ascending =
      typeof a.cell === 'number' && typeof b.cell === 'number'
        ? a.cell - b.cell
        : order(String(a.cell), String(b.cell));
    return descending ? -ascending : ascending;
  });
  return keyed.map(({ row }) => row);
}

/** What is searched for, as if without accents and capitals. */
export function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').replace(/đ/gi, 'd').toLowerCase();
}

/** The rows that hold every word of the search, in the order that was chosen. */
export function useSelection<R>(
  rows: readonly R[] | undefined,
  columns: readonly Column<R>[],
  first: Sort,
  searched: (row: R) => string,
) {
  const [search, setSearch] = useState('');
  const [sort, setSort] = useState(first);
  const found = useMemo(() => {
    const words = plain(search).split(/\s+/).filter(Boolean);
    const matching = rows?.filter((row) => words.every((word) => plain(searched(row)).includes(word)));
    const column = columns.find(({ key }) => key === sort.key);
    return matching && sorted(matching, column, sort.descending, document.documentElement.lang);
  }, [rows, columns, search, sort]);
  return { found, search, setSearch, sort, setSort };
}

interface SearchProps {
  label: string;
  value: string;
  onValue(text: string): void;
  shown: number;
  all: number;
}

export function Search({ label, value, onValue, shown, all }: SearchProps) {
  const { texts, format } = useWords();
  return (
    <div class="search">
      <input
        type="search"
        aria-label={`${texts.search}: ${label}`}
        placeholder={label}
        value={value}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <output>{value ? texts.shown(format.count(shown), format.count(all)) : format.count(all)}</output>
    </div>
  );
}

interface Props<R> {
  caption: string;
  columns: readonly Column<R>[];
  rows: readonly R[];
  id(row: R): string;
  sort?: Sort;
  onSort?(sort: Sort): void;
  /** A last row, with what the columns hold of the whole. */
  footer?: (column: Column<R>) => ComponentChildren;
  empty?: string;
}

export function Table<R>({ caption, columns, rows, id, sort, onSort, footer, empty }: Props<R>) {
  const { texts, format } = useWords();
  const cell = (column: Column<R>, row: R): ComponentChildren => {
    if (column.shown) return column.shown(row);
    const value = column.value(row);
    if (value === null && column.unit) return <Nothing why={texts.noValue} />;
    return column.unit && typeof value !== 'string' ? format[column.unit](value) : value;
  };
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={caption}>
      <table>
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <Head key={column.key} column={column} sort={sort} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={id(row)}>
              {columns.map((column, index) => {
                const Tag = (index ? 'td' : 'th') as 'td';
                return (
                  <Tag key={column.key} scope={index ? undefined : 'row'} class={classOf(column)}>
                    {cell(column, row)}
                  </Tag>
                );
              })}
            </tr>
          ))}
          {rows.length === 0 && (
            <tr>
              <td class="empty" colSpan={columns.length}>
                {empty}
              </td>
            </tr>
          )}
        </tbody>
        {footer && (
          <tfoot>
            <tr>
              {columns.map((column, index) => {
                const Tag = (index ? 'td' : 'th') as 'td';
                return (
                  <Tag key={column.key} scope={index ? undefined : 'row'} class={classOf(column)}>
                    {footer(column)}
                  </Tag>
                );
              })}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}

function classOf<R>(column: Column<R>): string {
  return [column.unit && 'number', column.extra && 'extra'].filter(Boolean).join(' ');
}

type HeadProps<R> = { column: Column<R> } & Pick<Props<R>, 'sort' | 'onSort'>;

function Head<R>({ column, sort, onSort }: HeadProps<R>): JSX.Element {
  if (!onSort) {
    return (
      <th scope="col" class={classOf(column)} title={column.hint}>
        {column.title}
      </th>
    );
  }
  const chosen = sort?.key === column.key;
  // Numbers are looked at from the top, names from A.
  const descending = chosen ? !sort.descending : column.unit !== undefined;
  return (
    <th
      scope="col"
      class={classOf(column)}
      title={column.hint}
      aria-sort={chosen ? (sort.descending ? 'descending' : 'ascending') : undefined}
    >
      <button type="button" onClick={() => onSort({ key: column.key, descending })}>
        {column.title}
        <span class="arrow" aria-hidden="true">
          {chosen ? (sort.descending ? '↓' : '↑') : ''}
        </span>
      </button>
    </th>
  );
}
