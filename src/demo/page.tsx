import { createRoot } from 'react-dom/client';
import { createApplications, token } from './access.ts';
import { Demo } from './demo.tsx';
import { APPLICATIONS, DemoClient } from './demo-client.ts';
import { Stopwatch } from './stopwatch.ts';

const stopwatch = new Stopwatch();
const currentToken = () => (token() === '' ? undefined : Promise.resolve(token()));
await createApplications();
const clients = [
  new DemoClient('Client A', stopwatch, currentToken),
  new DemoClient('Client B', stopwatch, currentToken),
] as const;
const curl = `curl ${location.origin}/v1/apps/${APPLICATIONS.boxes}/changes -H 'Content-Type: application/json'`;
(document.getElementById('curl') as HTMLElement).textContent = `${curl} -d '{"name":"open","args":{"box":"2"}}'`;
createRoot(document.getElementById('demo') as HTMLElement).render(<Demo clients={clients} stopwatch={stopwatch} />);
