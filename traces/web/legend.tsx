/** What the signs of the diagram mean. */

const Sample = ({ children }: { children: preact.ComponentChildren }) => (
  <svg width="34" height="18" viewBox="0 0 34 18" aria-hidden="true">
    {children}
  </svg>
);

const Cross = ({ x }: { x: number }) => <path d={`M${x - 4},5 l8,8 M${x + 4},5 l-8,8`} class="cross" />;

export const Legend = ({ logs }: { logs: boolean }) => (
  <details class="legend">
    <summary>What the signs mean</summary>
    <ul>
      <li>
        <Sample>
          <circle cx="17" cy="9" r="4.6" class="dot acting" />
        </Sample>
        an event, at the lane where it happens
      </li>
      <li>
        <Sample>
          <g class="message received">
            <line x1="2" y1="3" x2="32" y2="15" />
          </g>
        </Sample>
        a message, from where it was sent to where it arrived
      </li>
      <li>
        <Sample>
          <g class="message lost">
            <line x1="2" y1="9" x2="20" y2="9" />
            <Cross x={24} />
          </g>
        </Sample>
        a message that was lost
      </li>
      <li>
        <Sample>
          <g class="message flight">
            <line x1="2" y1="9" x2="22" y2="9" />
            <circle cx="27" cy="9" r="3.5" class="flying" />
          </g>
        </Sample>
        a message still on its way at the end; thick: on its way at the cursor
      </li>
      <li>
        <Sample>
          <g class="crash">
            <circle cx="17" cy="9" r="8" />
            <path d="M13,5 l8,8 M21,5 l-8,8" />
          </g>
        </Sample>
        a crash; below it the lane is dotted until the restart (▲)
      </li>
      {logs && (
        <>
          <li>
            <span class="chip hue-1 settled">e1</span> <span class="chip hue-1 unsettled">e1?</span> in epoch
            1; on the way into it. Bands show the same, each epoch with a colour and a pattern of its own
          </li>
          <li>
            <span class="entry committed hue-1">1:1✓</span> <span class="entry accepted hue-1">1:2</span>{' '}
            <span class="entry volatile hue-1">1:3</span> in the log: committed; accepted, not known to be
            committed; not yet on disk
          </li>
        </>
      )}
    </ul>
  </details>
);
