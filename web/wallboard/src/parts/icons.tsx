const PATHS = {
  down: 'M8 2.5v8m0 0L4.5 7M8 10.5 11.5 7M3 13.5h10',
  expand: 'M2.5 6V2.5H6m4 0h3.5V6m0 4v3.5H10m-4 0H2.5V10',
  gear: 'M2.5 4.5h6m3 0h2m-11 7h2m3 0h6M8.5 4.5a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0m-4 7a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0',
  close: 'm4 4 8 8m0-8-8 8',
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

/** What the page is known by. */
export function Mark() {
  return (
    <svg class="emblem" viewBox="0 0 16 16" aria-hidden="true">
      <rect width="16" height="16" rx="3.5" />
      <path d="M4 12V9m4 3V4m4 8V7" />
    </svg>
  );
}
