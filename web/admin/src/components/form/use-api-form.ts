import { ApiError, type FieldProblem } from '@/api/errors';
import { useState } from 'react';
import { get, useForm, type FieldValues, type Path, type UseFormProps, type UseFormReturn } from 'react-hook-form';
import { placeErrors } from './server-errors';

export interface ApiForm<T extends FieldValues> extends UseFormReturn<T> {
  /** What the server said that belongs to no field. */
  problem: string | null;
  setProblem: (problem: string | null) => void;
  /** Field problems as the server named them, for parts of a form that look them up by path. */
  problems: FieldProblem[];
  /** Error text of a field by its path. */
  errorAt: (path: string) => string | undefined;
  /** Submit handler that saves and shows a refusal at its fields. */
  submit: (save: (values: T) => Promise<void>) => (event?: React.BaseSyntheticEvent) => Promise<void>;
}

/** Server problems that a part of the form shows by itself; they are neither set on fields nor listed above the form. */
export interface Claims {
  field: (path: string) => boolean;
  /** What stands above the form when there are any. */
  summary: string;
}

/** A form whose authority is the server: its field errors land on the fields, the rest above the form. */
export function useApiForm<T extends FieldValues>(props: UseFormProps<T>, claims?: Claims): ApiForm<T> {
  const form = useForm<T>({ mode: 'onTouched', ...props });
  const [problems, setProblems] = useState<FieldProblem[]>([]);
  const [problem, setProblem] = useState<string | null>(null);
  const { errors } = form.formState;
  const errorAt = (path: string): string | undefined => {
    const found = get(errors, path) as { message?: unknown } | undefined;
    return typeof found?.message === 'string' ? found.message : undefined;
  };
  const submit = (save: (values: T) => Promise<void>) => {
    const handler = form.handleSubmit(async values => {
      setProblem(null);
      setProblems([]);
      try {
        await save(values as unknown as T);
      } catch (error) {
        const placed = placeErrors(error, values, claims?.field);
        for (const [index, field] of placed.fields.entries()) {
          form.setError(
            field.path as Path<T>,
            { type: 'server', message: field.message },
            { shouldFocus: index === 0 },
          );
        }
        if (error instanceof ApiError) setProblems(error.fields);
        setProblem(placed.rest ?? (placed.claimed ? (claims?.summary ?? null) : null));
      }
    });
    return (event?: React.BaseSyntheticEvent) => {
      // Errors that the server set on fields without rules would otherwise stay and block the next try.
      form.clearErrors();
      return handler(event);
    };
  };
  return { ...form, problem, setProblem, problems, errorAt, submit };
}
