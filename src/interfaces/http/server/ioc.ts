import type { Request } from 'express';

/** What the generated routes ask for a controller; a new one for each request. */
export interface ControllerFactory {
  get<T>(controller: new (...args: never[]) => T): T;
}

/** tsoa's `iocModule`: the app carries its factory, so that this layer knows no container and two apps fit in one process. */
export function iocContainer(request: Request): ControllerFactory {
  return request.app.locals['controllers'] as ControllerFactory;
}
