import { createRoot } from 'react-dom/client';
import { makeApplications, token } from './access.ts';
import { Demo } from './demo.tsx';
import { APPLICATIONS, DemoClient } from './demo-client.ts';
import { Stopwatch } from './stopwatch.ts';

const stopwatch = new Stopwatch();
const tokenOf = () => (token() === '' ? undefined : Promise.resolve(token()));
await makeApplications();
const clients = [
  new DemoClient('Client A', stopwatch, tokenOf),
  new DemoClient('Client B', stopwatch, tokenOf),
] as const;
const curl = `curl ${location.origin}/v1/apps/${APPLICATIONS.boxes}/changes -H 'Content-Type: application/json'`;
(document.getElementById('curl') as HTMLElement).textContent = `${curl} -d '{"name":"open","args":{"box":"2"}}'`;
createRoot(document.getElementById('demo') as HTMLElement).render(<Demo clients={clients} stopwatch={stopwatch} />);
