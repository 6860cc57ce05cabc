import { logIn } from '@/api/session';
import { TextField } from '@/components/form/fields';
import { useApiForm } from '@/components/form/use-api-form';
import { Banner } from '@/components/ui/banner';
import { Button } from '@/components/ui/button';

export function LoginForm({ onDone }: { onDone: () => void }) {
  const form = useApiForm({ defaultValues: { email: '', password: '' } });
  const save = form.submit(async values => {
    await logIn(values.email.trim(), values.password);
    onDone();
  });
  return (
    <form className="grid gap-4" noValidate onSubmit={event => void save(event)}>
      {form.problem && <Banner tone="error">{form.problem}</Banner>}
      <TextField
        form={form}
        name="email"
        label="E-mail"
        type="email"
        required="Enter your e-mail address."
        autoComplete="username"
        inputMode="email"
        autoFocus
      />
      <TextField
        form={form}
        name="password"
        label="Password"
        type="password"
        required="Enter your password."
        autoComplete="current-password"
      />
      <Button type="submit" variant="primary" size="lg" loading={form.formState.isSubmitting}>
        Log in
      </Button>
    </form>
  );
}
