import { cn } from '@/lib/cn';
import type { ButtonHTMLAttributes, Ref } from 'react';
import { Spinner } from './spinner';

export type ButtonVariant = 'primary' | 'secondary' | 'ghost' | 'danger';
export type ButtonSize = 'sm' | 'md' | 'lg';

const VARIANTS: Record<ButtonVariant, string> = {
  primary: 'bg-accent text-accent-ink hover:bg-accent-strong border border-transparent shadow-card',
  secondary:
    'bg-surface text-ink border border-line-strong hover:bg-sunken shadow-card dark:bg-raised dark:hover:bg-line',
  ghost: 'text-ink-soft border border-transparent hover:bg-sunken hover:text-ink dark:hover:bg-raised',
  danger: 'bg-surface text-negative border border-line-strong hover:bg-negative-soft dark:bg-raised',
};

const SIZES: Record<ButtonSize, string> = {
  sm: 'h-7 gap-1.5 px-2.5 text-xs',
  md: 'h-8 gap-1.5 px-3 text-sm',
  lg: 'h-10 gap-2 px-4 text-base',
};

/** Class names of a button, for links that look like one. */
export function buttonClass(variant: ButtonVariant = 'secondary', size: ButtonSize = 'md', extra?: string): string {
  return cn(
    'inline-flex shrink-0 items-center justify-center rounded-md font-medium whitespace-nowrap transition-colors select-none',
    'disabled:cursor-not-allowed disabled:opacity-50 aria-disabled:cursor-not-allowed aria-disabled:opacity-50',
    VARIANTS[variant],
    SIZES[size],
    extra,
  );
}

interface ButtonProps extends ButtonHTMLAttributes<HTMLButtonElement> {
  variant?: ButtonVariant;
  size?: ButtonSize;
  /** Shows a spinner and refuses clicks. */
  loading?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function Button({ variant, size, loading = false, className, children, type, disabled, ...rest }: ButtonProps) {
  return (
    <button
      type={type ?? 'button'}
      disabled={disabled === true || loading}
      className={buttonClass(variant, size, className)}
      {...rest}
    >
      {loading && <Spinner className="size-3.5" />}
      {children}
    </button>
  );
}

interface IconButtonProps extends Omit<ButtonProps, 'aria-label' | 'size'> {
  /** What the button does; read out and shown on hover. */
  label: string;
  size?: 'sm' | 'md';
}

export function IconButton({ label, size = 'md', variant = 'ghost', className, ...rest }: IconButtonProps) {
  const side = size === 'sm' ? 'size-7 px-0' : 'size-8 px-0';
  return (
    <Button variant={variant} size={size} aria-label={label} title={label} className={cn(side, className)} {...rest} />
  );
}
