import { createRoot } from 'react-dom/client';
import { makeApplications, token } from './access.ts';
import { Demo } from './demo.tsx';
import { APPLICATIONS, Seat } from './seat.ts';
import { Stopwatch } from './stopwatch.ts';

const stopwatch = new Stopwatch();
const tokenOf = () => (token() === '' ? undefined : Promise.resolve(token()));
await makeApplications();
const seats = [new Seat('Client A', stopwatch, tokenOf), new Seat('Client B', stopwatch, tokenOf)] as const;
const curl = `curl ${location.origin}/v1/apps/${APPLICATIONS.boxes}/changes -H 'Content-Type: application/json'`;
(document.getElementById('curl') as HTMLElement).textContent = `${curl} -d '{"name":"open","args":{"box":"2"}}'`;
createRoot(document.getElementById('demo') as HTMLElement).render(<Demo seats={seats} stopwatch={stopwatch} />);
